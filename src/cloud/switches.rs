//! What is not publicly known of the cloud, each a switch of the front door with the default that evidence favours.

/// How a front door behaves where nobody outside knows how the cloud does. Every default is inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switches {
    pub filter_refusal: FilterRefusal,
    pub ca_names: CaNames,
    pub unknown_server_name: UnknownServerName,
    pub no_h2: NoH2,
    pub other_namespace: OtherNamespace,
    pub key_refusal: KeyRefusal,
    pub dual_authentication: DualAuthentication,
    pub old_region_names: OldRegionNames,
}

/// A client certificate that no filter matches. Temporal's own guides name both answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FilterRefusal {
    /// The TLS alert bad_certificate (42).
    #[default]
    BadCertificate,
    /// The handshake passes, and every call is answered PERMISSION_DENIED (7).
    PermissionDenied,
}

/// Whether CertificateRequest lists the names of the namespace's CAs. With them, Go and Java clients send no certificate
/// at all where theirs is of another CA, and see certificate_required (116) instead of unknown_ca (48).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaNames {
    #[default]
    Sent,
    Withheld,
}

/// A server name that is nobody's endpoint, or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownServerName {
    /// The connection is closed without an alert, as users report.
    #[default]
    Close,
    /// The TLS alert unrecognized_name (112).
    UnrecognizedName,
}

/// A client that does not offer h2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoH2 {
    /// The TLS alert no_application_protocol (120), as RFC 7301 says.
    #[default]
    NoApplicationProtocol,
    /// The connection is closed without an alert.
    Close,
}

/// A request for a namespace that is not the endpoint's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OtherNamespace {
    /// PERMISSION_DENIED (7) "Request unauthorized.", as Temporal's open-source authorizer says.
    #[default]
    PermissionDenied,
    /// NOT_FOUND (5) "Namespace … is not found.", as a server says that has never heard of it.
    NotFound,
}

/// An API key that is missing, unknown or over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyRefusal {
    /// PERMISSION_DENIED (7) "Request unauthorized."
    #[default]
    PermissionDenied,
    /// UNAUTHENTICATED (16) "Request unauthorized."
    Unauthenticated,
}

/// Where a namespace takes certificates and API keys: whether keys are good on its own endpoint too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DualAuthentication {
    /// Keys on the regional endpoint only, as the documents say of the pre-release.
    #[default]
    KeysOnRegionOnly,
    /// A client without a certificate may show a key on the namespace's endpoint.
    KeysOnBoth,
}

/// `<cloud>-<region>.region.tmprl.cloud`, which the documents name and an engineer of Temporal's says has no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OldRegionNames {
    #[default]
    Unknown,
    Served,
}

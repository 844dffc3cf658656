//! Ways to weaken the gate on purpose, so that tests can prove the matrix notices. Never part of a release build.
//!
//! Whoever judges asks its `Weakness`, which has no content and answers no in a gate that was not built for this.

use super::settings::Settings;

/// A mistake that gates are known to make; [`Sabotage::what`] tells what becomes of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    Tls12Allowed,
    AlpnOptional,
    NameMissingTaken,
    NameUnknownTaken,
    NameByCase,
    NameBySuffix,
    RegionsIgnored,
    AccountIgnored,
    CertificateOptional,
    SessionsKept,
    EarlyDataTaken,
    BundlesKept,
    AdmittedBeforeChain,
    WebpkiAnchors,
    BundlesPooled,
    IntermediatesAnchored,
    SentRootsTrusted,
    RootsByName,
    LeafExpiryIgnored,
    IntermediateExpiryIgnored,
    RootExpiryIgnored,
    BeginningsIgnored,
    ClockLenient,
    CaFlagIgnored,
    CertSignIgnored,
    PathLengthIgnored,
    NameConstraintsIgnored,
    PurposesIgnored,
    CriticalIgnored,
    PoliciesIgnored,
    LeafDemandsIgnored,
    RepeatedNamesTaken,
    RepeatedNamesByCase,
    ProofIgnored,
    AlertsAlike,
    FiltersBeforeChain,
    FiltersIgnored,
    FiltersBySubstring,
    FiltersByCase,
    FiltersAsExpressions,
    FilterFieldsOred,
    AbsentFieldsMatch,
    FirstValueAlone,
    FirstFilterAlone,
    AuthorityIgnored,
    AuthorityByCase,
    HeaderAlone,
    FirstHeaderAlone,
    BodyAlone,
    LastFieldAlone,
    NestedIgnored,
    CompressedIgnored,
    FirstMemberAlone,
    NamesByPrefix,
    AccountsAlike,
    MethodsOpen,
    KeysForAll,
    FormerKeysTaken,
    KeysRemembered,
    FirstKeyAlone,
    SchemeIgnored,
    KeyBesideCertificate,
    StateKept,
}

/// In the order of the variants: the name on the command line, and what the gate does.
const TABLE: [(Sabotage, &str, &str); 63] = [
    (Sabotage::Tls12Allowed, "tls12-allowed", "TLS 1.2 is spoken"),
    (Sabotage::AlpnOptional, "alpn-optional", "a client that offers no protocol at all is taken"),
    (Sabotage::NameMissingTaken, "name-missing-taken", "no server name means a default namespace"),
    (Sabotage::NameUnknownTaken, "name-unknown-taken", "an unknown server name means a default namespace"),
    (Sabotage::NameByCase, "name-by-case", "server names are compared with their case"),
    (Sabotage::NameBySuffix, "name-by-suffix", "a server name that ends like an endpoint is one"),
    (Sabotage::RegionsIgnored, "regions-ignored", "regions lead to all namespaces, paths to all regions"),
    (Sabotage::AccountIgnored, "account-ignored", "a namesake's bundle and filters, of another account, judge"),
    (Sabotage::CertificateOptional, "certificate-optional", "who presents no certificate is in by the server name"),
    (Sabotage::SessionsKept, "sessions-kept", "tickets are honoured across namespaces and reloads"),
    (Sabotage::EarlyDataTaken, "early-data-taken", "a namespace takes calls before the handshake is done"),
    (Sabotage::BundlesKept, "bundles-kept", "new connections are judged by the bundles before a reload"),
    (Sabotage::AdmittedBeforeChain, "admitted-before-chain", "every client is in before its chain is judged"),
    (Sabotage::WebpkiAnchors, "webpki-anchors", "bundles are plain webpki trust anchors, and webpki decides"),
    (Sabotage::BundlesPooled, "bundles-pooled", "any CA of the world is good for any namespace"),
    (Sabotage::IntermediatesAnchored, "intermediates-anchored", "chains end at any certificate of the bundle"),
    (Sabotage::SentRootsTrusted, "sent-roots-trusted", "chains end at any root that the client sends"),
    (Sabotage::RootsByName, "roots-by-name", "a root that is sent is ours if it has the name of ours"),
    (Sabotage::LeafExpiryIgnored, "leaf-expiry-ignored", "the validity of leaves is not looked at"),
    (
        Sabotage::IntermediateExpiryIgnored,
        "intermediate-expiry-ignored",
        "the validity of intermediates is not looked at",
    ),
    (Sabotage::RootExpiryIgnored, "root-expiry-ignored", "the validity of roots is not looked at"),
    (Sabotage::BeginningsIgnored, "beginnings-ignored", "notBefore is not looked at"),
    (Sabotage::ClockLenient, "clock-lenient", "five minutes early or late are forgiven"),
    (Sabotage::CaFlagIgnored, "ca-flag-ignored", "whoever signs is a CA"),
    (Sabotage::CertSignIgnored, "cert-sign-ignored", "CAs sign without keyCertSign"),
    (Sabotage::PathLengthIgnored, "path-length-ignored", "path lengths are not counted"),
    (Sabotage::NameConstraintsIgnored, "name-constraints-ignored", "name constraints are not looked at"),
    (Sabotage::PurposesIgnored, "purposes-ignored", "extended key usage is not looked at"),
    (Sabotage::CriticalIgnored, "critical-ignored", "unknown critical extensions are skipped"),
    (Sabotage::PoliciesIgnored, "policies-ignored", "policies that a CA demands are not looked for"),
    (Sabotage::LeafDemandsIgnored, "leaf-demands-ignored", "a verified leaf may be and sign anything"),
    (Sabotage::RepeatedNamesTaken, "repeated-names-taken", "a name may come twice in a chain"),
    (Sabotage::RepeatedNamesByCase, "repeated-names-by-case", "names in a chain are compared with their case"),
    (Sabotage::ProofIgnored, "proof-ignored", "CertificateVerify is not verified"),
    (Sabotage::AlertsAlike, "alerts-alike", "every refusal of a certificate is bad_certificate"),
    (Sabotage::FiltersBeforeChain, "filters-before-chain", "filters are asked before the chain"),
    (Sabotage::FiltersIgnored, "filters-ignored", "filters are not asked"),
    (Sabotage::FiltersBySubstring, "filters-by-substring", "filters match inside a value"),
    (Sabotage::FiltersByCase, "filters-by-case", "filters match with their case"),
    (Sabotage::FiltersAsExpressions, "filters-as-expressions", "filters are regular expressions"),
    (Sabotage::FilterFieldsOred, "filter-fields-ored", "one field of a filter is enough"),
    (Sabotage::AbsentFieldsMatch, "absent-fields-match", "a field that the leaf lacks matches"),
    (Sabotage::FirstValueAlone, "first-value-alone", "of several OUs or SANs the first alone is matched"),
    (Sabotage::FirstFilterAlone, "first-filter-alone", "of several filters the first alone is asked"),
    (Sabotage::AuthorityIgnored, "authority-ignored", ":authority is not looked at"),
    (Sabotage::AuthorityByCase, "authority-by-case", ":authority is compared with its case"),
    (Sabotage::HeaderAlone, "header-alone", "the header names the namespace, the message is not judged"),
    (Sabotage::FirstHeaderAlone, "first-header-alone", "of two headers the first alone is judged"),
    (Sabotage::BodyAlone, "body-alone", "the message names the namespace, the header is not judged"),
    (Sabotage::LastFieldAlone, "last-field-alone", "of a field that comes twice the last alone is judged"),
    (Sabotage::NestedIgnored, "nested-ignored", "messages inside the request are not judged"),
    (Sabotage::CompressedIgnored, "compressed-ignored", "compressed messages are not judged"),
    (Sabotage::FirstMemberAlone, "first-member-alone", "of a message the first gzip member alone is judged"),
    (Sabotage::NamesByPrefix, "names-by-prefix", "a namespace is ours if its name begins like ours"),
    (Sabotage::AccountsAlike, "accounts-alike", "calls for a namesake in another account are ours"),
    (Sabotage::MethodsOpen, "methods-open", "methods about all namespaces are forwarded"),
    (Sabotage::KeysForAll, "keys-for-all", "every key is good for every namespace"),
    (Sabotage::FormerKeysTaken, "former-keys-taken", "keys that are over or disabled are taken"),
    (Sabotage::KeysRemembered, "keys-remembered", "the key of one call is good for the whole connection"),
    (Sabotage::FirstKeyAlone, "first-key-alone", "of two keys the first alone is judged"),
    (Sabotage::SchemeIgnored, "scheme-ignored", "a key needs no `Bearer` before it"),
    (Sabotage::KeyBesideCertificate, "key-beside-certificate", "a key beside a certificate opens its own namespace"),
    (Sabotage::StateKept, "state-kept", "calls are judged by what held when they connected"),
];

impl Sabotage {
    pub const ALL: [Self; TABLE.len()] = {
        let mut all = [Self::Tls12Allowed; TABLE.len()];
        let mut at = 0;
        while at < TABLE.len() {
            all[at] = TABLE[at].0;
            at += 1;
        }
        all
    };

    /// Kebab-case.
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// What the gate does, in a few words.
    pub fn what(self) -> &'static str {
        TABLE[self as usize].2
    }
}

/// In which way a gate is weakened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weakness {
    #[cfg(feature = "sabotage")]
    sabotage: Option<Sabotage>,
}

impl Weakness {
    pub fn is(self, sabotage: Sabotage) -> bool {
        self.which() == Some(sabotage)
    }

    #[cfg(feature = "sabotage")]
    pub fn which(self) -> Option<Sabotage> {
        self.sabotage
    }

    #[cfg(not(feature = "sabotage"))]
    pub fn which(self) -> Option<Sabotage> {
        None
    }
}

impl Settings {
    pub(super) fn weakness(&self) -> Weakness {
        Weakness {
            #[cfg(feature = "sabotage")]
            sabotage: self.sabotage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_variants_in_their_order_and_each_name_once() {
        let names: std::collections::BTreeSet<_> = TABLE.iter().map(|(_, name, _)| name).collect();
        assert_eq!(names.len(), TABLE.len());
        assert!(TABLE.iter().enumerate().all(|(position, (sabotage, ..))| *sabotage as usize == position));
        assert_eq!(Sabotage::StateKept as usize, TABLE.len() - 1, "the last variant is in the table");
    }
}

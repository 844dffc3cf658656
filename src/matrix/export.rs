//! The world of the matrix as files: what somebody else's gateway must hold before clients of ours are let loose on it.
//!
//! Everything is made again from one seed, so that the files may be installed today and the clients come tomorrow.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;

use super::MatrixError;
use super::homes::{MISNAMED, WORLD};
use super::lab::Lab;
use super::scenario::Home;
use crate::cloud::endpoint;
use crate::forge::write::Output;
use crate::forge::{KeySource, server::ServerAuthority};
use crate::pki::pem::{encode, encode_certificates};

/// What a world is made of: with the same source, the same certificates.
#[derive(Clone)]
pub struct Source {
    pub seed: u64,
    /// What clients are judged by, and what their certificates are made for.
    pub at: OffsetDateTime,
    /// Signs the certificates of servers; clients trust it.
    pub servers: Arc<ServerAuthority>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "source of a world at {}", self.at)
    }
}

impl Source {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn fresh(at: OffsetDateTime, real_now: OffsetDateTime) -> Result<Self, MatrixError> {
        let mut seed = [0; 8];
        aws_lc_rs::rand::fill(&mut seed).map_err(|_| MatrixError::NoRandomness)?;
        let servers = Arc::new(ServerAuthority::fresh("certproof matrix server CA", real_now)?);
        // TOML knows no larger numbers.
        Ok(Self { seed: u64::from_be_bytes(seed) >> 1, at, servers })
    }

    pub(super) fn keys(&self) -> KeySource {
        KeySource::Seeded(self.seed)
    }
}

/// Where the gateways of the ready configurations listen, and where they hand calls on to.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    pub gateway: SocketAddr,
    /// Where `matrix --server` stands behind the gateway and sees what comes through.
    pub witness: SocketAddr,
}

/// The file that says what a folder was made of.
pub const SOURCE_FILE: &str = "matrix.toml";

/// The files of a folder.
///
/// # Errors
/// When something cannot be forged.
pub fn files(source: Source, addresses: Addresses, real_now: OffsetDateTime) -> Result<Vec<Output>, MatrixError> {
    let Source { seed, at, .. } = source;
    let seconds = at.unix_timestamp();
    let server_ca = encode_certificates(std::slice::from_ref(&source.servers.certificate));
    let server_key = encode("PRIVATE KEY", source.servers.private_key());
    let lab = Lab::of(source, real_now)?;
    let mut outputs = vec![
        Output::private(
            SOURCE_FILE,
            format!(
                "# What the clients of `certproof matrix --server` are made from. Their private keys follow from the seed.\n\
                 seed = {seed}\n# Unix time, in seconds, for which the certificates were made.\nat = {seconds}\n\
                 # Where the gateway hands calls on to; the run listens there.\nwitness = \"{}\"\n",
                addresses.witness
            ),
        ),
        Output::public("server-ca.pem", server_ca),
        Output::private("server-ca.key", server_key),
    ];
    for (file, name) in accounts() {
        let (certificate, key) = lab.server(&name)?;
        let chain = encode_certificates(&[certificate]);
        let key = encode("PRIVATE KEY", &key);
        outputs.push(Output::private(format!("servers/{file}.both.pem"), format!("{chain}{key}")));
        outputs.push(Output::public(format!("servers/{file}.pem"), chain));
        outputs.push(Output::private(format!("servers/{file}.key"), key));
    }
    for home in WORLD {
        let forged = lab.forged(home)?;
        let bundle = forged.files.bundle.as_ref().map(|file| file.bytes.0.to_vec()).unwrap_or_default();
        outputs.push(Output::public(folder(home).join("ca.pem"), bundle));
        if let Some(filters) = &forged.files.filters {
            outputs.push(Output::public(folder(home).join("filters.json"), filters.bytes.0.to_vec()));
        }
    }
    outputs.push(Output::public("nginx.conf", nginx(addresses)));
    outputs.push(Output::public("haproxy.cfg", haproxy(addresses)));
    outputs.push(Output::public("haproxy.list", haproxy_list()));
    outputs.push(Output::public("envoy.yaml", envoy(addresses)));
    Ok(outputs)
}

fn folder(home: &Home) -> PathBuf {
    PathBuf::from(home.namespace)
}

fn account(home: &Home) -> &str {
    home.namespace.rsplit_once('.').map_or("", |(_, account)| account)
}

/// Names of files, and the first names of the server certificates in them.
fn accounts() -> Vec<(String, String)> {
    let mut accounts: Vec<_> = WORLD.iter().map(|home| account(home).to_owned()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts.into_iter().map(|account| (account.clone(), endpoint::wildcard(&account))).collect()
}

/// Those that can be told apart by certificates: no gateway of these knows API keys.
fn with_certificates() -> impl Iterator<Item = &'static Home> {
    WORLD.iter().copied().filter(|home| home.authentication.takes_certificates())
}

fn host(home: &Home) -> String {
    format!("{}.tmprl.cloud", home.namespace)
}

/// Paths are relative to the folder, which is given by `-p`.
fn nginx(Addresses { gateway, witness }: Addresses) -> String {
    let mut servers = String::new();
    for home in with_certificates() {
        // Writing into a String never fails.
        let _ = write!(
            servers,
            "    server {{\n        listen {gateway} ssl http2;\n        server_name {};\n        ssl_certificate \
             servers/{account}.pem;\n        ssl_certificate_key servers/{account}.key;\n        \
             ssl_client_certificate {}/ca.pem;\n        ssl_verify_client on;\n        location / {{ grpc_pass grpc://{witness}; }}\n    }}\n",
            host(home),
            home.namespace,
            account = account(home),
        );
    }
    format!(
        "# Start in this folder: nginx -p . -c nginx.conf -e stderr\n# It knows neither certificate filters nor which \
         namespace a call names.\ndaemon off;\npid nginx.pid;\nerror_log stderr warn;\nevents {{ worker_connections 1024; }}\n\
         http {{\n    access_log off;\n    client_body_temp_path tmp;\n    proxy_temp_path tmp;\n    fastcgi_temp_path tmp;\n    \
         uwsgi_temp_path tmp;\n    scgi_temp_path tmp;\n    ssl_protocols TLSv1.3;\n    ssl_session_tickets off;\n    \
         ssl_session_cache off;\n    ssl_verify_depth 16;\n    server_names_hash_bucket_size \
         128;\n    server {{\n        listen {gateway} ssl http2 default_server;\n        server_name _;\n        \
         ssl_reject_handshake on;\n    }}\n{servers}}}\n"
    )
}

fn haproxy(Addresses { gateway, witness }: Addresses) -> String {
    format!(
        "# Start in this folder: haproxy -db -f haproxy.cfg\n# It knows neither certificate filters nor which namespace a \
         call names.\nglobal\n    ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets\n    tune.ssl.cachesize 0\n\
         defaults\n    mode http\n    timeout connect 5s\n    timeout client 70s\n    timeout server 70s\nfrontend gate\n    \
         bind {gateway} ssl strict-sni alpn h2 crt-list haproxy.list\n    default_backend witness\nbackend witness\n    \
         server witness {witness} proto h2\n"
    )
}

fn haproxy_list() -> String {
    let line = |home: &Home| {
        let (namespace, account) = (home.namespace, account(home));
        format!("servers/{account}.both.pem [ca-file {namespace}/ca.pem verify required alpn h2] {}\n", host(home))
    };
    with_certificates().map(line).collect()
}

fn envoy(Addresses { gateway, witness }: Addresses) -> String {
    let mut chains = String::new();
    for home in with_certificates().filter(|home| home.namespace != MISNAMED.namespace) {
        let (namespace, account, host) = (home.namespace, account(home), host(home));
        let filters = if chains.is_empty() { ENVOY_FILTERS } else { " *to_witness" };
        let _ = write!(
            chains,
            r#"
    - filter_chain_match: {{server_names: ["{host}"]}}
      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          require_client_certificate: true
          disable_stateless_session_resumption: true
          disable_stateful_session_resumption: true
          common_tls_context:
            alpn_protocols: [h2]
            tls_params: {{tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3}}
            tls_certificates:
            - certificate_chain: {{filename: servers/{account}.pem}}
              private_key: {{filename: servers/{account}.key}}
            validation_context:
              trusted_ca: {{filename: {namespace}/ca.pem}}
      filters:{filters}"#
        );
    }
    format!(
        r#"# Start in this folder: envoy -c envoy.yaml
# It knows neither certificate filters nor which namespace a call names.
static_resources:
  listeners:
  - address: {{socket_address: {{address: "{gateway_ip}", port_value: {gateway_port}}}}}
    listener_filters:
    - name: envoy.filters.listener.tls_inspector
      typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector}}
    filter_chains:{chains}
  clusters:
  - name: witness
    type: STATIC
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {{http2_protocol_options: {{}}}}
    load_assignment:
      cluster_name: witness
      endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: "{witness_ip}", port_value: {witness_port}}}}}}}}}]}}]
"#,
        gateway_ip = gateway.ip(),
        gateway_port = gateway.port(),
        witness_ip = witness.ip(),
        witness_port = witness.port(),
    )
}

/// What the first chain hands calls on with; the others point to it.
const ENVOY_FILTERS: &str = r#" &to_witness
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: gate
          codec_type: HTTP2
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: "/"}, route: {cluster: witness, timeout: 0s}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}"#;

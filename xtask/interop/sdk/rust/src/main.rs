//! Connects with Temporal's Rust SDK, describes a namespace, and prints what came of it.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use serde_json::json;
use temporalio_client::{ClientTlsOptions, Connection, ConnectionOptions, TlsOptions};
use temporalio_common::protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest;
use tonic::IntoRequest;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Parser)]
struct Arguments {
    #[arg(long)]
    address: String,
    #[arg(long)]
    namespace: String,
    #[arg(long)]
    server_name: Option<String>,
    #[arg(long)]
    server_ca: PathBuf,
    #[arg(long, requires = "key")]
    cert: Option<PathBuf>,
    #[arg(long)]
    key: Option<PathBuf>,
    #[arg(long)]
    api_key_file: Option<PathBuf>,
    #[arg(long)]
    authority: Option<String>,
    #[arg(long)]
    describe: Option<String>,
    #[arg(long)]
    max_version: Option<String>,
    #[arg(long)]
    alpn: Option<String>,
    mode: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.mode != "describe" {
        println!(
            "{}",
            json!({ "result": "unsupported", "text": "workers are of another crate, which is not asked for" })
        );
        return ExitCode::FAILURE;
    }
    if arguments.max_version.is_some() || arguments.alpn.is_some() {
        let text = "the SDK has no setting for the TLS versions and protocols that it offers";
        println!("{}", json!({ "result": "unsupported", "text": text }));
        return ExitCode::FAILURE;
    }
    let answer = match tokio::time::timeout(PATIENCE, describe(&arguments)).await {
        Ok(Ok(())) => json!({ "result": "ok" }),
        Ok(Err(error)) => json!({ "result": "refused", "text": with_causes(&*error) }),
        Err(elapsed) => json!({ "result": "refused", "text": elapsed.to_string() }),
    };
    println!("{answer}");
    ExitCode::SUCCESS
}

async fn describe(arguments: &Arguments) -> Result {
    let client = match (&arguments.cert, &arguments.key) {
        (Some(cert), Some(key)) => Some(
            ClientTlsOptions::builder()
                .client_cert(std::fs::read(cert)?)
                .client_private_key(std::fs::read(key)?)
                .build(),
        ),
        _ => None,
    };
    let tls = TlsOptions::builder()
        .server_root_ca_cert(std::fs::read(&arguments.server_ca)?)
        .maybe_domain(arguments.server_name.clone())
        .maybe_client_tls_options(client)
        .build();
    let api_key = arguments.api_key_file.as_ref().map(std::fs::read_to_string).transpose()?;
    let origin = arguments.authority.as_ref().map(|name| format!("https://{name}").parse()).transpose()?;
    let options = ConnectionOptions::new(format!("https://{}", arguments.address).parse::<temporalio_client::Url>()?)
        .tls_options(tls)
        .maybe_api_key(api_key.map(|key| key.trim().to_owned()))
        .maybe_override_origin(origin)
        .build();
    let connection = Connection::connect(options).await?;
    let asked = arguments.describe.as_ref().unwrap_or(&arguments.namespace);
    let request = DescribeNamespaceRequest { namespace: asked.clone(), ..Default::default() };
    let described = connection.workflow_service().describe_namespace(request.into_request()).await?.into_inner();
    let name = described.namespace_info.map(|info| info.name).unwrap_or_default();
    if name == *asked { Ok(()) } else { Err(format!("{name} was described instead of {asked}").into()) }
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("; {error}"));
        cause = error.source();
    }
    text
}

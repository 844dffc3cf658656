//! Temporal's Python SDK connects to the front door, as itself and as somebody else.

use std::path::Path;

use serde_json::{Value, json};

use super::child::{STEP, output};
use super::door::Door;
use super::tools::Python;
use super::{OURS, THEIRS};
use crate::Result;

struct Attempt {
    what: &'static str,
    /// Whose client connects to [`OURS`].
    client: &'static str,
    /// The namespace that it asks to have described.
    asks: &'static str,
    /// What the door says of its connections.
    decided: &'static str,
    /// Something else that the door says.
    said: Option<&'static str>,
    is_expected: fn(&Value) -> bool,
}

const ATTEMPTS: [Attempt; 3] = [
    Attempt {
        what: "the namespace's own client",
        client: OURS,
        asks: OURS,
        decided: "admitted: ",
        said: None,
        is_expected: |answer| *answer == json!({ "step": "done", "described": OURS, "healthy": true }),
    },
    Attempt {
        what: "another namespace's client",
        client: THEIRS,
        asks: OURS,
        decided: "refused at chain (alert unknown_ca(48))",
        said: None,
        // The SDK loses the alert now and then, and then says only that it could not connect.
        is_expected: |answer| {
            answer["step"] == "connect" && error(answer).starts_with("RuntimeError: Failed client connect")
        },
    },
    Attempt {
        what: "a request for another namespace",
        client: OURS,
        asks: THEIRS,
        decided: "admitted: ",
        said: Some("DescribeNamespace answered with status 7: Request unauthorized."),
        is_expected: |answer| answer["step"] == "call" && error(answer) == "PERMISSION_DENIED: Request unauthorized.",
    },
];

/// # Errors
/// When an attempt does not end on both sides as expected.
pub fn connect(python: &Python, version: &str, pki: &Path) -> Result {
    for attempt in &ATTEMPTS {
        let what = attempt.what;
        let mut door = Door::open(pki, what)?;
        let kit = pki.join(attempt.client);
        let mut command = python.command("connect.py");
        command.args(["--target", &door.address, "--domain", &format!("{OURS}.tmprl.cloud")]);
        command.args(["--namespace", OURS, "--describe", attempt.asks]);
        for (flag, path) in [
            ("--server-ca", pki.join("server-ca.pem")),
            ("--cert", kit.join("client.pem")),
            ("--key", kit.join("client.key")),
        ] {
            command.arg(flag).arg(path);
        }
        let answer: Value = serde_json::from_str(&output(&format!("SDK for {what}"), &mut command, STEP)?)?;
        if !(attempt.is_expected)(&answer) {
            return Err(format!("Temporal's Python SDK, {what}: unexpected answer {answer}").into());
        }
        let in_context = |error| format!("Temporal's Python SDK, {what}: {error}");
        door.decided(attempt.decided).map_err(in_context)?;
        if let Some(line) = attempt.said {
            door.said(line).map_err(in_context)?;
        }
    }
    println!("Temporal's Python SDK ({version}) ends {} attempts as the door says it does", ATTEMPTS.len());
    Ok(())
}

fn error(answer: &Value) -> &str {
    answer["error"].as_str().unwrap_or_default()
}

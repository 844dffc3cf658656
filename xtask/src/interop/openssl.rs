//! OpenSSL's s_client connects to the front door, well and badly.

use std::path::Path;
use std::process::{Command, Stdio};

use super::OURS;
use super::child::{Finished, Running, STEP, output};
use super::door::Door;
use crate::Result;

struct Attempt {
    what: &'static str,
    options: &'static [&'static str],
    has_certificate: bool,
    decided: &'static str,
    /// What s_client prints.
    seen: &'static [&'static str],
    stays: bool,
}

const ATTEMPTS: [Attempt; 3] = [
    Attempt {
        what: "the namespace's own client",
        options: &[],
        has_certificate: true,
        decided: "admitted: ",
        seen: &["New, TLSv1.3,", "ALPN protocol: h2", "Verify return code: 0 (ok)"],
        stays: true,
    },
    Attempt {
        what: "TLS 1.2",
        options: &["-tls1_2"],
        has_certificate: true,
        decided: "refused at hello (alert protocol_version(70))",
        seen: &["SSL alert number 70"],
        stays: false,
    },
    Attempt {
        what: "no certificate",
        options: &[],
        has_certificate: false,
        decided: "refused at present (alert certificate_required(116))",
        // OpenSSL's words for alert 116.
        seen: &["New, TLSv1.3,", "alert certificate required"],
        stays: false,
    },
];

/// # Errors
/// When an attempt does not end on both sides as expected.
pub fn connect(pki: &Path) -> Result {
    for attempt in &ATTEMPTS {
        let what = attempt.what;
        let mut door = Door::open(pki, what)?;
        let mut running = start(attempt, &door, pki)?;
        // In TLS 1.3 the client is done before the server has judged: its standard input stays open until then, or it
        // would leave without having read an alert.
        let stdin = running.take_stdin();
        if attempt.stays {
            running.wait_until("it printed its verdict", |printed| printed.contains("Verify return code"))?;
        }
        let in_context = |error| format!("openssl s_client, {what}: {error}");
        door.decided(attempt.decided).map_err(in_context)?;
        if attempt.stays {
            drop(stdin);
            expect(attempt, &running.finish()?)?;
        } else {
            expect(attempt, &running.finish()?)?;
            drop(stdin);
        }
    }
    let version = output("openssl version", Command::new("openssl").arg("version"), STEP)?;
    let version = version.split(" (").next().unwrap_or(&version).trim().to_owned();
    println!("s_client ({version}) ends {} attempts as the door says it does", ATTEMPTS.len());
    Ok(())
}

fn start(attempt: &Attempt, door: &Door, pki: &Path) -> Result<Running> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &door.address, "-alpn", "h2"]);
    command.args(["-servername", &format!("{OURS}.tmprl.cloud"), "-verify_return_error"]);
    command.arg("-CAfile").arg(pki.join("server-ca.pem")).args(attempt.options);
    if attempt.has_certificate {
        let client = pki.join(OURS).join("client.pem");
        command.arg("-cert").arg(&client).arg("-cert_chain").arg(&client);
        command.arg("-key").arg(pki.join(OURS).join("client.key"));
    }
    Running::start(&format!("s_client with {}", attempt.what), &mut command, Stdio::piped(), STEP)
}

fn expect(attempt: &Attempt, finished: &Finished) -> Result {
    let missing =
        attempt.seen.iter().find(|text| !finished.stdout.contains(**text) && !finished.stderr.contains(**text));
    match missing {
        Some(text) => Err(finished.unexpected(&format!("it should have said `{text}`")).into()),
        None if finished.status.success() != attempt.stays => {
            Err(finished.unexpected("it should have ended the other way").into())
        }
        None => Ok(()),
    }
}

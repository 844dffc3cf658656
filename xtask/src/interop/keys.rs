//! Private keys in every form: OpenSSL and Python read them, and find the public key of the certificate beside them.

use std::path::Path;
use std::process::Command;

use super::child::{STEP, output};
use super::tools::Python;
use super::{OURS, certproof, folder};
use crate::Result;

const KINDS: [(&str, &str); 5] =
    [("p256", "sec1"), ("p384", "sec1"), ("p521", "sec1"), ("rsa2048", "pkcs1"), ("rsa4096", "pkcs1")];

/// The first line is the password, as OpenSSL takes it as well.
const PASSWORD_FILE: &str = "correct horse battery\nnot the password\n";

const LEAF: &str = "gen leaf --org acme --ca-cert issuing.pem --ca-key theirs.key --ca-key-password-file password \
                    --cert new.pem --key new.key --force";

/// # Errors
/// When either of them cannot read a key, or finds another public key.
pub fn read(python: &Python) -> Result {
    let keys = folder().join("keys");
    if keys.exists() {
        std::fs::remove_dir_all(&keys)?;
    }
    let mut count = 0;
    for (kind, own_form) in KINDS {
        for form in ["pkcs8", own_form, "encrypted"] {
            let pki = keys.join(format!("{kind}-{form}"));
            let kit = pki.join(OURS);
            std::fs::create_dir_all(&kit)?;
            std::fs::write(kit.join("password"), PASSWORD_FILE)?;
            make(&pki, kind, form)?;
            let public = openssl(&kit, "x509 -in client.pem -noout -pubkey")?;
            let opened = openssl(&kit, "pkey -in client.key -pubout -passin file:password")?;
            if public != opened {
                return Err(format!("openssl reads another {kind} key in {form} than the certificate's").into());
            }
            openssl(&kit, "pkey -in ca.key -noout -passin file:password")?;
            output("load_key.py", python.command("load_key.py").arg(form).current_dir(&kit), STEP)?;
            count += 1;
        }
    }
    println!("openssl and Python read {count} private keys in 4 forms, each the key of its certificate");
    reread(&keys)
}

/// Encrypted by others, read by us: a client is made below a CA whose key OpenSSL encrypted.
fn reread(keys: &Path) -> Result {
    let kit = keys.join("p384-pkcs8").join(OURS);
    let ciphers = ["-v2 aes-256-cbc", "-v2 aes-128-cbc -v2prf hmacWithSHA512", "-scrypt"];
    // Behind the client stands the CA of that key.
    let chain = std::fs::read_to_string(kit.join("client.pem"))?;
    let issuing = chain.split_inclusive("-----END CERTIFICATE-----\n").nth(1).unwrap_or_default();
    std::fs::write(kit.join("issuing.pem"), issuing)?;
    for cipher in ciphers {
        openssl(&kit, &format!("pkcs8 -topk8 -in ca.key -out theirs.key -passout file:password {cipher}"))?;
        let mut command = Command::new(certproof()?);
        output("certproof gen leaf", command.args(LEAF.split_whitespace()).current_dir(&kit), STEP)?;
        openssl(&kit, "verify -partial_chain -CAfile issuing.pem new.pem")?;
    }
    println!("certproof reads {} keys that openssl encrypted", ciphers.len());
    Ok(())
}

fn make(pki: &Path, kind: &str, form: &str) -> Result {
    let mut command = Command::new(certproof()?);
    command.args(["gen", "hierarchy", "--namespace", OURS, "--key", kind, "--key-format", form]).arg(pki);
    if form == "encrypted" {
        command.arg("--key-password-file").arg(pki.join(OURS).join("password"));
    }
    output("certproof gen hierarchy", &mut command, STEP).map(drop)
}

fn openssl(folder: &Path, line: &str) -> Result<String> {
    let mut command = Command::new("openssl");
    output(
        &format!("openssl {}", line.split(' ').next().unwrap_or_default()),
        command.args(line.split(' ')).current_dir(folder),
        STEP,
    )
}

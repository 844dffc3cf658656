//! How private keys are written and opened: the format, and where its password is. Never on the command line itself.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Failure, input};
use crate::forge::{KeyEncoding, Password};

/// The form of the private keys that a command writes.
#[derive(Debug, Args)]
pub(super) struct KeyForm {
    /// How private keys are written
    #[arg(long, default_value = "pkcs8", value_name = "FORMAT")]
    key_format: FormatName,
    /// The password of encrypted keys is the first line of this file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "key_password_env")]
    key_password_file: Option<PathBuf>,
    /// The password of encrypted keys is in this environment variable
    #[arg(long, value_name = "NAME")]
    key_password_env: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatName {
    /// PRIVATE KEY, which everything reads
    Pkcs8,
    /// EC PRIVATE KEY, of EC keys only
    Sec1,
    /// RSA PRIVATE KEY, of RSA keys only
    Pkcs1,
    /// ENCRYPTED PRIVATE KEY: PKCS#8 under a password (PBKDF2-HMAC-SHA256, 600,000 rounds, AES-256-CBC)
    Encrypted,
}

impl KeyForm {
    pub(super) fn encoding(&self) -> Result<KeyEncoding, Failure> {
        let password = password(self.key_password_file.as_deref(), self.key_password_env.as_deref())?;
        let encoding = match (self.key_format, password) {
            (FormatName::Encrypted, Some(password)) => return Ok(KeyEncoding::Encrypted(password)),
            (FormatName::Encrypted, None) => {
                return Err(Failure::CouldNotTell(
                    "encrypted keys need a password: --key-password-file or --key-password-env".to_owned(),
                ));
            }
            (FormatName::Pkcs8, None) => KeyEncoding::Pkcs8,
            (FormatName::Sec1, None) => KeyEncoding::Sec1,
            (FormatName::Pkcs1, None) => KeyEncoding::Pkcs1,
            (_, Some(_)) => {
                return Err(Failure::CouldNotTell(
                    "a password is given, but only --key-format encrypted protects keys with one".to_owned(),
                ));
            }
        };
        Ok(encoding)
    }
}

/// The first line of the file, or the value of the variable; none when neither is named.
pub(super) fn password(file: Option<&Path>, variable: Option<&str>) -> Result<Option<Password>, Failure> {
    let (octets, place) = match (file, variable) {
        (Some(path), _) => {
            let bytes = input::file(path).map_err(Failure::CouldNotTell)?.bytes.0;
            let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            (line.strip_suffix(b"\r").unwrap_or(line).to_vec(), input::shown(path))
        }
        (None, Some(name)) => {
            let value = std::env::var(name).map_err(|_| {
                Failure::CouldNotTell(format!("the environment variable `{name}` is not set, or not to UTF-8"))
            })?;
            (value.into_bytes(), name.to_owned())
        }
        (None, None) => return Ok(None),
    };
    match Password::new(octets) {
        Some(password) => Ok(Some(password)),
        None => Err(Failure::CouldNotTell(format!("the password in `{place}` is empty"))),
    }
}

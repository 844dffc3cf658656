//! Any bytes as one certificate: it is read as DER, and held against itself.

#![no_main]

use certproof::pki::{Certificate, chain};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::read(bytes) {
        assert!(bytes.starts_with(certificate.der()));
        let _ = (chain::is_root(&certificate), certificate.subject.canonical(), certificate.subject.to_string());
    }
});

//! Properties of reading: no bytes make it panic, and every line of the input is accounted for.

use certproof::cloud::Kit;
use certproof::cloud::filter::{FiltersFile, Pattern};
use certproof::cloud::kit::{File, Files};
use certproof::pki::pem::{Container, scan};
use certproof::pki::{Certificate, name};
use certproof::rules::{self, Terms};
use proptest::prelude::*;

use crate::common::{AT, files, root};

/// Pieces that PEM files and their accidents are made of.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        "-----BEGIN CERTIFICATE-----",
        "-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "----BEGIN CERTIFICATE----",
        "-----END CERTIFICATE----------BEGIN CERTIFICATE-----",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
        "MIIB",
        "MII=",
        "\u{a0}",
        "\u{feff}",
        "comment",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "\\n",
        "\n\n",
        "—",
        ":",
    ];
    prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

/// A real file with a few bytes changed, cut or repeated.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let good = files(&root().join("testdata/rules/bundle-duplicate/pass"));
    let originals: Vec<Vec<u8>> =
        [good.bundle, good.client, good.key].into_iter().flatten().map(|file| file.bytes.0).collect();
    (
        proptest::sample::select(originals),
        proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..3u8), 0..6),
    )
        .prop_map(|(mut bytes, edits)| {
            for (index, byte, kind) in edits {
                let at = index.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
                match kind {
                    0 if !bytes.is_empty() => bytes[at] = byte,
                    1 => bytes.insert(at.min(bytes.len()), byte),
                    _ => bytes.truncate(at),
                }
            }
            bytes
        })
}

fn check_everything(bytes: &[u8]) {
    let file = |path: &str| Some(File::new(path, bytes.to_vec()));
    let kit = Kit::read(&Files {
        namespace: Some(String::from_utf8_lossy(bytes).into_owned()),
        bundle: file("ca.pem"),
        client: file("client.pem"),
        key: file("client.key"),
        filters: file("filters.json"),
        server_root: file("server-root.pem"),
    });
    rules::run(&kit, &Terms::at(AT));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_line_belongs_to_a_segment(bytes in text()) {
        let scan = scan(&bytes);
        if scan.container == Container::Pem {
            let mut covered = vec![0; scan.line_count as usize];
            let mut next = 1;
            for segment in &scan.segments {
                let (first, last) = segment.lines();
                // Segments come in order; only glued blocks share a line.
                prop_assert!(first == next || first + 1 == next, "line {first} after {next}");
                prop_assert!(first <= last && last <= scan.line_count);
                (first..=last).for_each(|line| covered[line as usize - 1] += 1);
                next = last + 1;
            }
            prop_assert!(covered.iter().all(|times| *times >= 1), "{covered:?}");
        }
    }

    #[test]
    fn no_text_makes_the_check_panic(bytes in text()) {
        check_everything(&bytes);
    }

    #[test]
    fn no_bytes_make_the_check_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check_everything(&bytes);
    }

    #[test]
    fn no_change_to_a_real_file_makes_the_check_panic(bytes in mutated()) {
        check_everything(&bytes);
    }

    #[test]
    fn no_der_makes_reading_a_certificate_panic(edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4)) {
        let kit = Kit::read(&files(&root().join("testdata/rules/bundle-duplicate/pass")));
        let mut der = kit.leaf().unwrap().der().to_vec();
        for (index, byte) in edits {
            let at = index.index(der.len());
            der[at] = byte;
        }
        if let Ok(certificate) = Certificate::read(&der) {
            let _ = (certificate.subject.to_string(), certificate.subject.canonical(), certificate.sha1());
        }
    }

    #[test]
    fn a_pattern_matches_what_it_was_made_from(value in "[a-zA-Z0-9.-]{1,12}", cut in any::<proptest::sample::Index>()) {
        let at = cut.index(value.len());
        prop_assert!(Pattern::parse(&value).unwrap().matches(&value.to_uppercase()));
        if at > 0 && !value[..at].starts_with('.') {
            let (prefix, suffix) = (format!("{}*", &value[..at]), format!("*{}", &value[at..]));
            let matches = [prefix, suffix].map(|text| Pattern::parse(&text).unwrap().matches(&value));
            prop_assert_eq!(matches, [true, true]);
        }
    }

    #[test]
    fn no_json_makes_filters_panic(text in "[{}\\[\\]\":,a-zA-Z*\\n ]{0,60}") {
        let _ = FiltersFile::read(text.as_bytes());
    }

    #[test]
    fn shown_text_has_no_control_characters(text in any::<String>()) {
        prop_assert!(!name::printable(&text).chars().any(char::is_control));
    }
}

//! Any bytes as each file of a kit, through every rule and a printer.
//!
//! The files are parted by a line of `%`: bundle, client, key, filters, namespace. A file without such a line is a bundle.

#![no_main]

use certproof::cloud::Kit;
use certproof::cloud::kit::{Bytes, File, Files};
use certproof::report::{Report, json};
use certproof::rules::{self, Terms};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = parts(bytes).into_iter();
    let mut file = |path: &str| parts.next().map(|bytes| File { path: path.into(), bytes: Bytes(bytes.to_vec()) });
    let files = Files {
        bundle: file("ca.pem"),
        client: file("client.pem"),
        key: file("client.key"),
        filters: file("filters.json"),
        namespace: file("namespace").map(|file| String::from_utf8_lossy(&file.bytes.0).into_owned()),
        ..Files::default()
    };
    let cases = rules::run(&Kit::read(&files), &Terms::at(datetime!(2027-01-01 00:00 UTC)));
    let report = Report {
        command: "check",
        checked_at: String::new(),
        profile: "cloud",
        cases,
        passed: 0,
        skipped: 0,
        troubles: Vec::new(),
        scope: String::new(),
    };
    json::print(&report);
});

fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    const BETWEEN: &[u8] = b"\n%\n";
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        parts.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    parts.push(rest);
    parts
}

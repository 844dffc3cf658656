//! Any bytes as each file of a kit, through every rule and a printer.
//!
//! The files are parted by a line of `%`: bundle, client, key, filters, namespace. A file without such a line is a bundle.

#![no_main]

use certproof::cloud::Kit;
use certproof::cloud::kit::{File, Files};
use certproof::report::{Counts, Report, json};
use certproof::rules::{self, Terms};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = parts(bytes).into_iter();
    let mut file = |path: &str| parts.next().map(|bytes| File::new(path, bytes.to_vec()));
    let files = Files {
        bundle: file("ca.pem"),
        client: file("client.pem"),
        key: file("client.key"),
        filters: file("filters.json"),
        namespace: file("namespace").map(|file| String::from_utf8_lossy(&file.bytes.0).into_owned()),
        ..Files::default()
    };
    let (kit, at) = (Kit::read(&files), datetime!(2027-01-01 00:00 UTC));
    let cases = rules::run(&kit, &Terms::at(at));
    let report = Report {
        command: "check",
        checked_at: String::new(),
        profile: "cloud",
        counts: Counts::of(&cases),
        forecasts: rules::forecast::forecast(&kit, &cases, at).into_iter().collect(),
        cases,
        passed: 0,
        skipped: 0,
        suppressed: 0,
        notes: Vec::new(),
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

//! Any bytes as a PEM file: every line is accounted for, and the normal form is normal.

#![no_main]

use certproof::pki::{Bundle, normal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let bundle = Bundle::read("fuzz.pem", bytes);
    let mut next = 1;
    for segment in &bundle.scan.segments {
        let (first, last) = segment.lines();
        // Blocks that are glued together share a line.
        assert!(first <= next && next <= last + 1 && last <= bundle.scan.line_count);
        next = last + 1;
    }
    let once = normal::normalise(&bundle, None).pem;
    let twice = normal::normalise(&Bundle::read("again.pem", once.as_bytes()), None).pem;
    assert_eq!(once, twice);
});

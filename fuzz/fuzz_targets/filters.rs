//! Any bytes as a filters file: each filter stands where it says, and what is written for tcld is read as the same again.

#![no_main]

use certproof::cloud::filter::{FiltersFile, Target, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = FiltersFile::read(bytes) {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u32 + 1;
        for entry in &file.entries {
            assert!(1 <= entry.first_line && entry.first_line <= entry.last_line && entry.last_line <= lines);
        }
        let filters = file.filters();
        let again = FiltersFile::read(write(&filters, Target::Tcld).as_bytes()).unwrap();
        assert_eq!(again.filters(), filters);
    }
});

//! Any bytes as a filters file: each filter stands where it says.

#![no_main]

use certproof::cloud::filter::FiltersFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = FiltersFile::read(bytes) {
        for entry in &file.entries {
            assert_eq!((bytes[entry.span.start], bytes[entry.span.end - 1]), (b'{', b'}'));
        }
    }
});

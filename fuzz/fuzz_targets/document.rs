//! Any bytes as a document that carries kits: what it carries can be judged.

#![no_main]

use certproof::cloud::Kit;
use certproof::cloud::document::{self, Opened};
use certproof::cloud::kit::File;
use certproof::rules::{self, Terms};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Opened::Kits(kits)) = document::open(File::new("fuzz.json", bytes.to_vec())) {
        for files in kits.iter().take(16) {
            rules::run(&Kit::read(files), &Terms::at(datetime!(2027-01-01 00:00 UTC)));
        }
    }
});

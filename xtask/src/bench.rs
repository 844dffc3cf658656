//! How fast files are judged, as ratios from one run: beside bare signatures, `openssl verify` and GnuTLS's certtool.
fn main() {}

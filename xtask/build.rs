//! Passes on where the official crate of Temporal's protos has put their descriptors.

fn main() {
    const TOLD: &str = "DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH";
    println!("cargo:rerun-if-env-changed={TOLD}");
    match std::env::var(TOLD) {
        Ok(path) => println!("cargo:rustc-env=DESCRIPTORS={path}"),
        Err(_) => panic!("temporalio-protos no longer says where its descriptors are"),
    }
}

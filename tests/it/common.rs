//! What the tests share: paths, the fixed clock, kits from folders, the binary.

use std::path::{Path, PathBuf};

use certproof::cloud::kit::{File, Files};
use time::OffsetDateTime;
use time::macros::datetime;

/// The time at which the test data is judged.
pub const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);
pub const AT_TEXT: &str = "2027-01-01T00:00:00Z";

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders directly below `folder`, in order.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// A kit from a folder of test data.
pub fn files(folder: &Path) -> Files {
    let file = |name: &str| {
        let bytes = std::fs::read(folder.join(name)).ok()?;
        Some(File::new(name, bytes))
    };
    let namespace = std::fs::read_to_string(folder.join("namespace")).ok();
    Files {
        namespace: namespace.map(|name| name.trim_end().to_owned()),
        bundle: file("ca.pem"),
        client: file("client.pem"),
        key: file("client.key"),
        filters: file("filters.json"),
        server_root: file("server-root.pem"),
    }
}

pub fn certproof() -> assert_cmd::Command {
    let mut command = assert_cmd::Command::cargo_bin("certproof").unwrap();
    command.current_dir(root()).env("COLUMNS", "80").env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR");
    command
}

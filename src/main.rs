//! The certproof command.

use std::process::ExitCode;

fn main() -> ExitCode {
    certproof::cli::main()
}

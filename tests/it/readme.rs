//! The README's console blocks are what the binary prints. With UPDATE set, they are written anew.

use crate::common::{certproof, root};

/// A block: "```console", a line "$ certproof …", the output, "```". Lines that start with `$ cargo` are not run.
#[test]
fn console_blocks_are_real_output() {
    let path = root().join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut out = String::new();
    let mut rest = text.as_str();
    let mut blocks = 0;
    while let Some((before, block)) = rest.split_once("```console\n$ certproof ") {
        let (command, block) = block.split_once('\n').unwrap();
        let (_, after) = block.split_once("```").unwrap();
        let output = certproof().args(command.split(' ')).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        out.push_str(&format!("{before}```console\n$ certproof {command}\n{printed}```"));
        rest = after;
        blocks += 1;
    }
    out.push_str(rest);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &out).unwrap();
    }
    assert!(blocks > 0);
    let current = std::fs::read_to_string(&path).unwrap();
    assert!(current == out, "the README is out of date: run `cargo xtask docs`");
}

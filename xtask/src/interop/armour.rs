//! PEM files, whole and broken, read by Go's encoding/pem and by our own scanner.
//!
//! The rules say of a fault that Go's reader skips the block. So the blocks without a fault must be the ones that Go
//! reads, in their order.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certproof::pki::pem::{BlockFault, Container, Segment, scan};
use serde_json::{Value, json};

use super::child::{Running, STEP};
use super::folder;
use crate::{Result, root};

/// Files made of pieces, by a fixed sequence.
const RANDOM_FILES: usize = 20_000;

const PIECES: [&str; 16] = [
    "-----BEGIN CERTIFICATE-----",
    "-----END CERTIFICATE-----",
    "-----BEGIN CERTIFICATE-----\n",
    "\n-----END CERTIFICATE-----\n",
    "-----BEGIN PRIVATE KEY-----\n",
    "\n-----END PRIVATE KEY-----\n",
    "-----END CERTIFICATE----------BEGIN CERTIFICATE-----\n",
    "Proc-Type: 4,ENCRYPTED\n",
    "MIIB",
    "MIIBMIIBMIIB\nMIIB",
    "MII",
    "\n",
    "\r\n",
    " ",
    "\u{a0}",
    "comment\n",
];

/// # Errors
/// When Go reads another list of blocks than the scanner says.
pub fn compare() -> Result {
    let texts = texts()?;
    let read = read_by_go(&texts)?;
    let differs = |(text, go): &(&Vec<u8>, &Vec<String>)| predicted(text) != **go;
    let (known, differences): (Vec<_>, Vec<_>) =
        texts.iter().zip(&read).filter(differs).partition(|(text, _)| has_torn_empty_block(text));
    if let Some((text, go)) = differences.iter().min_by_key(|(text, _)| text.len()) {
        let count = differences.len();
        let ours = predicted(text);
        let text = String::from_utf8_lossy(text);
        return Err(format!(
            "{count} PEM files are read otherwise by Go: it reads {go:?}, we say {ours:?} of {text:?}"
        )
        .into());
    }
    if known.is_empty() {
        return Err("Go reads what follows a torn empty block now; has_torn_empty_block is out of date".into());
    }
    let (all, known) = (texts.len(), known.len());
    println!(
        "Go's encoding/pem reads the blocks that our scanner says, in {all} files but for {known} of one known kind"
    );
    Ok(())
}

/// The labels of the blocks that Go's reader returns, by what the scanner says.
fn predicted(text: &[u8]) -> Vec<String> {
    let scan = scan(text);
    if scan.container != Container::Pem {
        return Vec::new();
    }
    let blocks = scan.segments.iter().filter_map(|segment| match segment {
        Segment::Block(block) => Some(block),
        Segment::Text(_) | Segment::Blank { .. } => None,
    });
    // An empty block is read, and fails only when its nothing is parsed; but END must not stand right behind headers.
    let read = blocks.filter(|block| {
        let lines_between = ((block.last_line - block.first_line) as usize).saturating_sub(1);
        let empty_is_seen = block.headers.is_empty() || lines_between > block.headers.len();
        block.faults.is_empty() || empty_is_seen && block.faults.iter().all(|fault| *fault == BlockFault::Empty)
    });
    let hidden = |line: u32| scan.byte_order_mark && line == 1;
    read.filter(|block| !hidden(block.first_line)).map(|block| block.label.clone()).collect()
}

fn read_by_go(texts: &[Vec<u8>]) -> Result<Vec<Vec<String>>> {
    let input = folder().join("texts.json");
    let encoded: Vec<_> = texts.iter().map(|text| STANDARD.encode(text)).collect();
    serde_json::to_writer(File::create(&input)?, &json!(encoded))?;
    // Built when the chains were judged.
    let program = folder().join(format!("judge{}", std::env::consts::EXE_SUFFIX));
    let running =
        Running::start("judge pem", Command::new(program).arg("pem"), Stdio::from(File::open(&input)?), STEP)?;
    let printed: Value = serde_json::from_str(&running.finish()?.success()?)?;
    let lists: Vec<Vec<String>> = serde_json::from_value(printed)?;
    if lists.len() == texts.len() { Ok(lists) } else { Err("Go did not answer for every PEM file".into()) }
}

/// Everything that is compared: the files of testdata, and those made of pieces.
pub fn texts() -> Result<Vec<Vec<u8>>> {
    let mut texts = Vec::new();
    for folder in ["testdata/rules", "testdata/found"] {
        collect(&root().join(folder), &mut texts)?;
    }
    let mut state = 1u64;
    // Knuth's MMIX constants: any sequence will do, as long as it is the same one every time.
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    for _ in 0..RANDOM_FILES {
        let length = 1 + next(12);
        texts.push((0..length).flat_map(|_| PIECES[next(PIECES.len())].bytes()).collect());
    }
    Ok(texts)
}

/// BEGIN, and right behind it an END that is not alone on its line. Go then loses the block that follows as well, of
/// which the scanner, and so the rules, know nothing: the one difference that is known.
fn has_torn_empty_block(text: &[u8]) -> bool {
    const TORN: &[u8] = b"-----\n-----END CERTIFICATE-----";
    let ends = text.windows(TORN.len()).enumerate().filter(|(_, window)| *window == TORN);
    ends.into_iter().any(|(at, _)| text.get(at + TORN.len()).is_some_and(|byte| !matches!(byte, b'\n' | b'\r' | b' ')))
}

fn collect(folder: &Path, texts: &mut Vec<Vec<u8>>) -> Result {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, texts)?;
        } else if path.extension().is_some_and(|extension| extension == "pem" || extension == "key") {
            let bytes = std::fs::read(&path)?;
            // Of lone carriage returns the scanner says more than Go sees; their rule has its own pair.
            if scan(&bytes).line_ends.lone_cr == 0 {
                texts.push(bytes);
            }
        }
    }
    Ok(())
}

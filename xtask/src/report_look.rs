//! Looks at HTML reports with a real browser: what is on the page, and that it asks nobody for anything.

mod sample;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use certproof::report::html;
use serde::Deserialize;

use crate::{Result, apt, root};

/// A page as somebody sees it, and what must then be so.
struct Look {
    name: &'static str,
    page: &'static str,
    /// The view, as a link asks for it.
    fragment: &'static str,
    /// CSS pixels.
    size: (u32, u32),
    dark: bool,
    /// Whether the first square that is not as expected is pressed.
    press: bool,
    /// How many cases the list holds.
    listed: usize,
    squares: usize,
    /// Text that is seen.
    seen: &'static str,
}

const DESK: (u32, u32) = (1280, 900);
const PHONE: (u32, u32) = (360, 740);
/// As a phone shows after much scrolling.
const STRIP: (u32, u32) = (360, 2200);
const COMBINATIONS: usize = 720;
const LARGE: usize = 100_000;

const SQUARE: &str = "t.client+chain=expired+root&t.server+name=own+namespace";
const OPEN: &str = "q=expired-root&verdict=fail&open=expired-root/own-namespace/1.3/h2/RSA-2048/\
                    certificate-and-API-key/P-256/new/namespace/own-namespace";

const ALL: Look = Look {
    name: "all-desk-light",
    page: "sample",
    fragment: "",
    size: DESK,
    dark: false,
    press: false,
    listed: COMBINATIONS + sample::SCENARIOS,
    squares: 60,
    seen: "did not come out as expected",
};
const FILTERED: Look = Look { name: "filtered-desk-light", fragment: SQUARE, listed: 12, seen: "clear all", ..ALL };
const STORY: Look =
    Look { name: "story-desk-light", fragment: OPEN, listed: 2, squares: 2, seen: "handshake call returned", ..ALL };
const HOSTILE: Look = Look {
    name: "hostile-desk-light",
    fragment: "q=markup&open=hostile-name",
    listed: 2,
    squares: 0,
    seen: sample::HOSTILE,
    ..ALL
};
const AXES: Look = Look {
    name: "axes-desk-light",
    fragment: "rows=t.key&columns=t.client+chain&t.TLS=1.3&t.ALPN=h2&t.server+name=own+namespace",
    listed: 45,
    squares: 45,
    seen: "skipped",
    ..ALL
};
const BIG: Look =
    Look { name: "large-desk-light", page: "large", listed: LARGE + sample::SCENARIOS, seen: "page 1 of 2001", ..ALL };

const LOOKS: [Look; 17] = [
    ALL,
    Look { name: "all-desk-dark", dark: true, ..ALL },
    Look { name: "all-phone-light", size: PHONE, ..ALL },
    Look { name: "all-phone-dark", size: PHONE, dark: true, ..ALL },
    Look { name: "all-strip-light", size: STRIP, ..ALL },
    FILTERED,
    Look { name: "filtered-phone-dark", size: PHONE, dark: true, ..FILTERED },
    Look { name: "pressed-desk-light", press: true, listed: 12, seen: "client chain: expired root", ..ALL },
    STORY,
    Look { name: "story-desk-dark", dark: true, ..STORY },
    Look { name: "story-phone-light", size: PHONE, ..STORY },
    Look { name: "story-strip-dark", size: STRIP, dark: true, ..STORY },
    HOSTILE,
    Look { name: "hostile-phone-light", size: PHONE, ..HOSTILE },
    AXES,
    Look { name: "axes-phone-dark", size: PHONE, dark: true, ..AXES },
    BIG,
];

/// Draws the pages and looks at them. Where no browser can be had that is said, and fails only with `--strict`.
pub fn run(arguments: &[&str]) -> Result {
    let is_strict = match arguments {
        [] => false,
        ["--strict"] => true,
        _ => return Err("report-look takes --strict and nothing else".into()),
    };
    let folder = root().join("target").join("report-look");
    std::fs::create_dir_all(&folder)?;
    for (page, combinations) in [("sample", COMBINATIONS), ("large", LARGE)] {
        std::fs::write(folder.join(page).with_extension("html"), html::print(&sample::report(combinations)))?;
    }
    let browser = match Browser::find_or_install() {
        Ok(browser) => browser,
        Err(error) if !is_strict => {
            println!("reports NOT checked in a browser: {error}");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    println!("{}", browser.version);
    let mut complaints = Vec::new();
    for look in &LOOKS {
        let (facts, console) = browser.look(look, &folder)?;
        println!("{}.png: drawn after {} ms", look.name, facts.took);
        let found = look.complaints(&facts).into_iter().chain(console);
        complaints.extend(found.map(|complaint| format!("{}: {complaint}", look.name)));
    }
    println!("the screenshots are in {}", folder.strip_prefix(root()).unwrap_or(&folder).display());
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

/// What the frame around the page tells.
#[derive(Deserialize)]
struct Facts {
    ready: bool,
    error: Option<String>,
    title: String,
    listed: usize,
    squares: usize,
    width: u32,
    /// What the page loaded, or tried to.
    asked: Vec<String>,
    /// Milliseconds.
    took: u64,
    text: String,
}

impl Look {
    fn complaints(&self, facts: &Facts) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut demand = |is_so: bool, complaint: String| {
            if !is_so {
                complaints.push(complaint);
            }
        };
        demand(facts.ready, "the script did not come to its end".to_owned());
        demand(facts.error.is_none(), format!("the script failed: {:?}", facts.error));
        demand(facts.title.starts_with("certproof"), format!("the title became {}", facts.title));
        demand(facts.listed == self.listed, format!("{} cases are listed instead of {}", facts.listed, self.listed));
        demand(facts.squares == self.squares, format!("{} squares instead of {}", facts.squares, self.squares));
        demand(facts.width <= self.size.0, format!("the page is {} pixels wide", facts.width));
        demand(facts.asked.is_empty(), format!("the page asked for {}", facts.asked.join(", ")));
        demand(facts.text.contains(self.seen), format!("`{}` is not seen", self.seen));
        complaints
    }
}

struct Browser {
    program: PathBuf,
    version: String,
}

impl Browser {
    fn find_or_install() -> Result<Self> {
        Self::find().or_else(|missing| {
            apt::install("chromium").map_err(|error| format!("{missing}; {error}"))?;
            Self::find()
        })
    }

    /// The one that `$CHROME` names, or the first that is installed.
    fn find() -> Result<Self> {
        let named = std::env::var_os("CHROME").map(PathBuf::from);
        let known = ["chromium", "chromium-browser", "google-chrome"].map(PathBuf::from);
        let programs = named.map_or_else(|| known.to_vec(), |named| vec![named]);
        let found = programs.into_iter().find_map(|program| {
            let output = said(Command::new(&program).arg("--version")).ok()?;
            let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            Some(Self { program, version })
        });
        found.ok_or_else(|| "no Chromium: neither $CHROME, chromium, chromium-browser nor google-chrome runs".into())
    }

    /// Draws a page into a PNG file, and returns what is on it and what the console holds.
    fn look(&self, look: &Look, folder: &Path) -> Result<(Facts, Vec<String>)> {
        let (width, height) = look.size;
        let frame = include_str!("report_look/frame.html")
            .replace("%WIDTH%", &width.to_string())
            .replace("%HEIGHT%", &height.to_string())
            .replace("%PRESS%", &look.press.to_string())
            .replace("%PAGE%", &format!("{}.html#{}", look.page, look.fragment.replace('&', "&amp;")));
        let path = folder.join(look.name).with_extension("frame.html");
        std::fs::write(&path, frame)?;
        let mut browser = Command::new(&self.program);
        // The pages are ours, and in a container the sandbox does not start. Nothing is looked up, not for the browser either.
        browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]);
        browser.args(["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"]);
        browser.args(["--allow-file-access-from-files", "--dump-dom"]);
        // The window has a frame of its own.
        browser.arg(format!("--window-size={},{}", width.max(500), height + 100));
        browser.arg(format!("--blink-settings=preferredColorScheme={}", if look.dark { 0 } else { 1 }));
        browser.arg(format!("--user-data-dir={}", folder.join("profile").display()));
        browser.arg(format!("--screenshot={}", folder.join(look.name).with_extension("png").display()));
        browser.arg(format!("file://{}", path.display()));
        let output = said(&mut browser)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let facts = text.split("data-facts=\"").nth(1).and_then(|rest| rest.split('"').next());
        let facts = facts.ok_or_else(|| format!("{}: the browser shows nothing", look.name))?;
        let log = String::from_utf8_lossy(&output.stderr);
        let console = log.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned).collect();
        Ok((serde_json::from_slice(&percent_decoded(facts))?, console))
    }
}

/// As encodeURIComponent encodes.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).unwrap_or_default() as u8;
    while let Some(byte) = bytes.next() {
        out.push(if byte == b'%' { digit(bytes.next()) * 16 + digit(bytes.next()) } else { byte });
    }
    out
}

fn said(command: &mut Command) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(format!("{program} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where identifiers name all that was varied, so that no two are alike.
    #[test]
    fn a_thousand_cells_take_less_than_300_kilobytes() {
        let bytes = html::print(&sample::report(1_000)).len();
        let fixed = html::print(&sample::report(1)).len();
        assert!((200_000..300_000).contains(&(bytes - fixed)), "{} bytes for 1,000 cells", bytes - fixed);
    }

    #[test]
    fn what_is_amiss_on_a_page_is_seen() {
        let good = || Facts {
            ready: true,
            error: None,
            title: "certproof matrix".to_owned(),
            listed: ALL.listed,
            squares: ALL.squares,
            width: ALL.size.0,
            asked: Vec::new(),
            took: 1,
            text: ALL.seen.to_owned(),
        };
        assert_eq!(ALL.complaints(&good()), Vec::<String>::new());
        let bad = [
            Facts { ready: false, ..good() },
            Facts { error: Some("x is undefined".to_owned()), ..good() },
            Facts { title: "owned".to_owned(), ..good() },
            Facts { listed: 1, ..good() },
            Facts { squares: 0, ..good() },
            Facts { width: ALL.size.0 + 1, ..good() },
            Facts { asked: vec!["https://example.com".to_owned()], ..good() },
            Facts { text: String::new(), ..good() },
        ];
        for facts in bad {
            assert_eq!(ALL.complaints(&facts).len(), 1);
        }
    }

    #[test]
    fn what_javascript_encoded_is_decoded() {
        assert_eq!(percent_decoded("a%20%E2%86%92%22b"), "a \u{2192}\"b".as_bytes());
    }
}

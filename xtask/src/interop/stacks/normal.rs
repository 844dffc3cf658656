//! Takes out of a text what differs from run to run, and nothing else.

use std::path::Path;

/// A client's text: of ports, thread numbers, dates, durations and this machine's folders only the place is left.
pub fn text(text: &str, port: &str, folders: &[&Path]) -> String {
    let mut text = text.trim().to_owned();
    for folder in folders {
        text = without_path(&text, &folder.display().to_string());
    }
    // A client's own port, beside the door's.
    text = after_each(&text, "127.0.0.1:", "127.0.0.1:<port>", digits);
    if !port.is_empty() {
        text = after_each(&text, &format!(":{port}"), ":<port>", |_| 0);
    }
    text = after_each(&text, "\"date\": \"", "\"date\": \"<date>", |rest| rest.find('"').unwrap_or(0));
    // OpenSSL begins an error with the number of the thread.
    text = before_each(&text, ":error:", "<thread>", |c| c.is_ascii_hexdigit(), 12);
    text = before_each(&text, " milliseconds", "<n>", |c| c.is_ascii_digit(), 1);
    before_each(&text, " ms", "<n>", |c| c.is_ascii_digit(), 1)
}

/// The door's reason, without the times in it.
pub fn reason(text: &str) -> String {
    text.split(' ').map(|word| if is_time(word) { "<time>" } else { word }).collect::<Vec<_>>().join(" ")
}

fn is_time(word: &str) -> bool {
    word.len() >= 20 && word.ends_with('Z') && word.as_bytes().get(10) == Some(&b'T')
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Replaces each mark, and as many bytes after it as are asked for.
fn after_each(text: &str, mark: &str, with: &str, length: impl Fn(&str) -> usize) -> String {
    let mut parts = text.split(mark);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(with);
        out.push_str(part.get(length(part)..).unwrap_or_default());
    }
    out
}

/// Replaces what stands right before each mark and is long enough.
fn before_each(text: &str, mark: &str, with: &str, is_part: impl Fn(char) -> bool, least: usize) -> String {
    let mut out = String::new();
    for (at, part) in text.split(mark).enumerate() {
        if at > 0 {
            let kept = out.trim_end_matches(&is_part).len();
            if out.len() - kept >= least {
                out.truncate(kept);
                out.push_str(with);
            }
            out.push_str(mark);
        }
        out.push_str(part);
    }
    out
}

/// A path below a folder becomes `<path>`, up to where a path may end.
fn without_path(text: &str, folder: &str) -> String {
    let end = |rest: &str| rest.find(|c: char| c.is_whitespace() || "'\"`:,;)".contains(c)).unwrap_or(rest.len());
    after_each(text, folder, "<path>", end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        let cases = [
            ("40FCAE19557F0000:error:0A00045C:SSL routines", "<thread>:error:0A00045C:SSL routines"),
            ("OpenSSL/3.0.19: error:0A00045C:SSL", "OpenSSL/3.0.19: error:0A00045C:SSL"),
            ("to nobody.tmprl.cloud:37375 ", "to nobody.tmprl.cloud:<port>"),
            ("127.0.0.1:60682->127.0.0.1:37375: reset", "127.0.0.1:<port>->127.0.0.1:<port>: reset"),
            ("(_ssl.c:2580)", "(_ssl.c:2580)"),
            ("after 12 ms: at", "after <n> ms: at"),
            ("\"date\": \"Tue, 24 Nov\"}", "\"date\": \"<date>\"}"),
            ("open '/home/me/world/a.pem': no", "open '<path>': no"),
        ];
        for (before, after) in cases {
            assert_eq!(text(before, "37375", &[Path::new("/home/me")]), after);
        }
    }

    #[test]
    fn times_are_left_out_of_reasons() {
        assert_eq!(reason("`CN=a` expired at 2026-11-23T17:42:51Z"), "`CN=a` expired at <time>");
    }
}

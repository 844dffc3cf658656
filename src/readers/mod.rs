//! SIMULATING: what other programs make of the same bytes.
//!
//! One file per program, each a pure function from a file (and a client, and a time) to a [`Reading`]. What is known of
//! a program is written here from its public source or from trials of it, and `cargo xtask interop` holds it against
//! the real one. This room judges nothing by the cloud's demands, opens no file and knows no rule.

mod cloud_cli;
mod go;
mod go_pem;
mod go_upload;
mod go_x509;
mod lines;
mod openssl;
mod openssl_base64;
mod openssl_der;
mod openssl_pem;
mod openssl_verify;
mod overlooked;
mod tcld;
mod terraform;
mod webpki;

use std::sync::Arc;

use time::OffsetDateTime;

use crate::pki::{Bundle, Certificate};
use crate::report::Evidence;

/// A program whose reading is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Tcld,
    CloudCli,
    Terraform,
    Go,
    OpenSsl,
    Webpki,
}

impl Program {
    pub const ALL: [Self; 6] = [Self::Tcld, Self::CloudCli, Self::Terraform, Self::Go, Self::OpenSsl, Self::Webpki];

    pub fn name(self) -> &'static str {
        match self {
            Self::Tcld => "tcld",
            Self::CloudCli => "cloud-cli",
            Self::Terraform => "terraform",
            Self::Go => "go",
            Self::OpenSsl => "openssl",
            Self::Webpki => "webpki",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|program| program.name() == name)
    }

    /// What it makes of a file, and of a client where the program judges clients.
    pub fn read(self, bytes: &[u8], client: Option<&Client>, at: OffsetDateTime) -> Reading {
        let given = Given::new(bytes, client, at);
        let (answer, ways) = match self {
            Self::Tcld => tcld::read(&given),
            Self::CloudCli => cloud_cli::read(&given),
            Self::Terraform => terraform::read(&given),
            Self::Go => go::read(&given),
            Self::OpenSsl => openssl::read(&given),
            Self::Webpki => self::webpki::read(&given),
        };
        Reading { program: self, answer, ways }
    }
}

/// What a program makes of a file.
#[derive(Debug, Clone)]
pub struct Reading {
    pub program: Program,
    pub answer: Answer,
    /// Each way in which the program comes to read the file; never empty.
    pub ways: Vec<Way>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Accepted,
    Refused,
    /// What we know of the program, or can compute of it, does not reach so far.
    CannotTell,
}

impl Answer {
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::CannotTell => "cannot tell",
        }
    }

    /// Of several ways that all must succeed: not knowing beats a refusal, as in exit codes.
    fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        if answers.contains(&Self::CannotTell) {
            Self::CannotTell
        } else if answers.contains(&Self::Refused) {
            Self::Refused
        } else {
            Self::Accepted
        }
    }
}

/// One command or call by which a program reads the file.
#[derive(Debug, Clone)]
pub struct Way {
    /// "tcld namespace accepted-client-ca add".
    pub how: &'static str,
    /// None where the bytes are passed on without being looked at.
    pub answer: Option<Answer>,
    /// The certificates and other blocks that it takes note of, in its order.
    pub seen: Vec<Seen>,
    /// What it passes over, drops or sends along without a word.
    pub remarks: Vec<Remark>,
    pub says: Option<Says>,
    pub evidence: &'static Evidence,
}

/// Something that a program sees in the file.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Position in our own scan of the file, 1-based; none where our scan has nothing that begins there.
    pub index: Option<usize>,
    /// 1-based, inclusive.
    pub lines: (u32, u32),
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    Certificate(Arc<Certificate>),
    /// Taken for a certificate, and cannot be parsed; why.
    Unreadable(String),
    /// Known to the program and no certificate: a key, a CRL.
    Other(&'static str),
}

/// What happens to a stretch of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// 1-based, inclusive; none where the file as a whole is meant.
    pub lines: Option<(u32, u32)>,
    pub effect: Effect,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Sent to the cloud although it is no certificate.
    Uploaded,
    /// A certificate, or what should be one, is not seen.
    Lost,
    /// Something else is left out.
    Dropped,
    /// Good to know.
    Note,
}

impl Effect {
    pub fn name(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Lost => "lost",
            Self::Dropped => "dropped",
            Self::Note => "note",
        }
    }
}

/// What the program prints, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    Exactly(String),
    /// The text goes on with details that are not simulated.
    Begins(String),
}

impl Says {
    pub fn text(&self) -> String {
        match self {
            Self::Exactly(text) => text.clone(),
            Self::Begins(text) => format!("{text}…"),
        }
    }

    /// Whether nothing is left out.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::Exactly(_))
    }

    /// Whether this is what the program did say.
    pub fn agrees_with(&self, said: &str) -> bool {
        match self {
            Self::Exactly(text) => text == said,
            Self::Begins(text) => said.starts_with(text.as_str()),
        }
    }

    fn after(self, prefix: &str) -> Self {
        match self {
            Self::Exactly(text) => Self::Exactly(format!("{prefix}{text}")),
            Self::Begins(text) => Self::Begins(format!("{prefix}{text}")),
        }
    }
}

/// A client's certificate file, as a TLS stack sends it: the leaf, then the rest.
#[derive(Debug, Clone)]
pub struct Client {
    pub leaf: Arc<Certificate>,
    pub sent: Vec<Arc<Certificate>>,
}

impl Client {
    /// None where a certificate block of the file cannot be read: then it is not known what would be sent.
    pub fn of(file: &Bundle) -> Option<Self> {
        let blocks = file.entries.iter().filter(|entry| entry.block.label == "CERTIFICATE");
        let mut certificates =
            blocks.map(|entry| entry.certificate().cloned()).collect::<Option<Vec<_>>>()?.into_iter();
        Some(Self { leaf: certificates.next()?, sent: certificates.collect() })
    }
}

/// What every reader gets: the bytes, our own scan of them for positions and lines, the client, the time.
struct Given<'a> {
    bytes: &'a [u8],
    bundle: Bundle,
    lines: lines::Lines,
    client: Option<&'a Client>,
    at: OffsetDateTime,
}

impl<'a> Given<'a> {
    fn new(bytes: &'a [u8], client: Option<&'a Client>, at: OffsetDateTime) -> Self {
        Self { bytes, bundle: Bundle::read("", bytes), lines: lines::Lines::of(bytes), client, at }
    }

    /// What begins at an offset and ends before another, as lines, with its position in our scan.
    fn seen(&self, start: usize, end: usize, what: What) -> Seen {
        let lines = (self.lines.at(start), self.lines.at(end.saturating_sub(1).max(start)));
        // In order of their lines, and of those that share one the first.
        let entries = &self.bundle.entries;
        let at = entries.partition_point(|entry| entry.block.first_line < lines.0);
        let entry = entries.get(at).filter(|entry| entry.block.first_line == lines.0);
        Seen { index: entry.map(|entry| entry.index), lines, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: OffsetDateTime = time::macros::datetime!(2027-01-01 00:00 UTC);

    fn found(path: &str) -> String {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/found");
        std::fs::read_to_string(folder.join(path)).unwrap()
    }

    fn ca() -> String {
        found("openssl-good/ca.pem")
    }

    /// What a program makes of a text by the way that is named.
    fn way(program: Program, text: &str, how: &str) -> Way {
        let reading = program.read(text.as_bytes(), None, AT);
        reading.ways.into_iter().find(|way| way.how.contains(how)).unwrap()
    }

    fn remark(effect: Effect, lines: (u32, u32), text: &str) -> Remark {
        Remark { lines: Some(lines), effect, text: text.to_owned() }
    }

    #[test]
    fn a_sound_bundle_is_accepted_by_all_and_nothing_is_remarked() {
        for program in Program::ALL {
            let reading = program.read(ca().as_bytes(), None, AT);
            assert_eq!(reading.answer, Answer::Accepted, "{}", program.name());
            assert!(reading.ways.iter().all(|way| way.remarks.is_empty() && way.says.is_none()));
            let seen: Vec<_> = reading.ways.iter().flat_map(|way| &way.seen).map(|seen| seen.index).collect();
            assert!(!seen.is_empty() && seen.iter().all(|index| *index == Some(1)));
        }
    }

    #[test]
    fn text_before_a_certificate_is_uploaded_with_it_by_tcld_and_dropped_by_terraform() {
        let text = format!("a comment of thirty-three octets\n{}", ca());
        let add = way(Program::Tcld, &text, "accepted-client-ca add");
        let uploaded = "text of 33 bytes is uploaded inside certificate 1";
        assert_eq!(add.remarks, [remark(Effect::Uploaded, (1, 1), uploaded)]);
        let compare = way(Program::Terraform, &text, "compares");
        let dropped = "text of 33 bytes is not in the normal form";
        assert_eq!(compare.remarks, [remark(Effect::Dropped, (1, 1), dropped)]);
    }

    #[test]
    fn a_private_key_is_uploaded_by_set_and_refused_by_add() {
        let key = found("openssl-good/client.key");
        let text = format!("{}{key}", ca());
        let lines = (ca().lines().count() as u32 + 1, text.lines().count() as u32);
        let set = way(Program::Tcld, &text, "accepted-client-ca set");
        assert_eq!(set.answer, None);
        assert_eq!(set.remarks, [remark(Effect::Uploaded, lines, "a private key is uploaded")]);
        let add = way(Program::Tcld, &text, "accepted-client-ca add");
        let says = "failed to parse certificates: x509: malformed tbs certificate";
        assert_eq!(add.says, Some(Says::Exactly(says.to_owned())));
    }

    #[test]
    fn a_second_certificate_without_end_is_lost_by_cloud_cli_and_refused_by_tcld() {
        let text = format!("{}{}", ca(), ca().replace("-----END CERTIFICATE-----\n", ""));
        let create = way(Program::CloudCli, &text, "cert-ca create");
        assert_eq!((create.answer, create.seen.len()), (Some(Answer::Accepted), 1));
        assert_eq!(create.remarks[0].effect, Effect::Lost);
        let rest = text.len() - ca().len();
        let says = format!("failed to parse one or more certificates, remainingBytesLen={rest}");
        assert_eq!(way(Program::Tcld, &text, "accepted-client-ca add").says, Some(Says::Exactly(says)));
    }

    #[test]
    fn an_empty_block_shifts_what_tcld_uploads() {
        let text = format!("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n{}", ca());
        let add = way(Program::Tcld, &text, "accepted-client-ca add");
        assert_eq!((add.answer, add.remarks[0].effect), (Some(Answer::Accepted), Effect::Lost));
    }

    #[test]
    fn one_broken_block_costs_openssl_the_file_and_go_the_block() {
        let text = format!("{}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", ca());
        assert_eq!(way(Program::OpenSsl, &text, "-CAfile").answer, Some(Answer::Refused));
        let pool = way(Program::Go, &text, "AppendCertsFromPEM");
        assert_eq!((pool.answer, pool.remarks.len()), (Some(Answer::Accepted), 1));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_a_reader_panic(bytes: Vec<u8>, pieces: Vec<u8>) {
            const PIECES: [&str; 8] = [
                "-----BEGIN CERTIFICATE-----\n",
                "\n-----END CERTIFICATE-----\n",
                "-----BEGIN TRUSTED CERTIFICATE-----",
                "MIIBMIIB",
                ":",
                "\r\n",
                "=\n",
                "-----",
            ];
            let text: String = pieces.iter().map(|piece| PIECES[usize::from(*piece) % PIECES.len()]).collect();
            for program in Program::ALL {
                for input in [&bytes[..], text.as_bytes()] {
                    let reading = program.read(input, None, AT);
                    proptest::prop_assert!(!reading.ways.is_empty());
                    let lines = reading.ways.iter().flat_map(|way| &way.seen).map(|seen| seen.lines);
                    proptest::prop_assert!(lines.into_iter().all(|(first, last)| 1 <= first && first <= last));
                }
            }
        }
    }

    #[test]
    fn a_client_is_judged_by_the_three_that_judge_clients() {
        let client = |path: &str| Client::of(&Bundle::read("client", found(path).as_bytes())).unwrap();
        let (own, other) = (client("openssl-good/client.pem"), client("step-good/client.pem"));
        for program in [Program::Go, Program::OpenSsl, Program::Webpki] {
            let answer = |client| program.read(ca().as_bytes(), Some(client), AT).answer;
            assert_eq!((answer(&own), answer(&other)), (Answer::Accepted, Answer::Refused), "{}", program.name());
        }
    }
}

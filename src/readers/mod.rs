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
        let entry = self.bundle.entries.iter().find(|entry| entry.block.first_line == lines.0);
        Seen { index: entry.map(|entry| entry.index), lines, what }
    }
}

//! What the worst client chains cost whoever judges them, before their senders have proved anything: processor time of
//! the thread, beside a good chain of one certificate and beside plain webpki on the same chain.
//!
//! A program of its own, because it is built for release. What the front door does with a chain is measured as a whole:
//! it reads every certificate, says whose they are, judges the chain, and says what is wrong with it.

mod ratio;
#[path = "../../tests/it/worst_chains.rs"]
mod worst_chains;

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use certproof::cloud::gate;
use certproof::forge::{KeyKind, KeySource, Recipe};
use certproof::pki::Certificate;
use certproof::pki::chain::{self, Anchors, Links, Work, by_webpki};
use nix::time::{ClockId, clock_gettime};
use time::OffsetDateTime;
use time::macros::datetime;

use ratio::Ratio;
use worst_chains::Worst;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);

/// What no chain may cost.
const MOST: Duration = Duration::from_millis(20);

const TURNS: usize = 7;

fn main() -> ExitCode {
    ratio::main("usage: cargo xtask bench chains [--strict]", |rest| rest.is_empty().then(run))
}

fn run() -> Result<bool> {
    let forged = Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT, 0).forge()?;
    let leaf = forged.chain.into_iter().next().ok_or("a forged chain is empty")?;
    let good = Worst { name: "a good chain of one certificate", leaf, sent: Vec::new(), roots: forged.authorities };
    let good = Judged::of(&good)?;
    let mut all: Vec<_> = worst_chains::all();
    all.extend(deep("16 CAs in a row, P-521", KeyKind::P521)?);
    all.extend(deep("16 CAs in a row, RSA 4096", KeyKind::Rsa4096)?);
    println!("chains: the whole of what a client's certificates cost, {TURNS} turns, time of the thread");
    println!("  a good chain of one certificate takes {:.0} us, webpki {:.0} us", good.micros(), good.webpki_micros());
    let mut holds = true;
    for worst in &all {
        let judged = Judged::of(worst)?;
        println!("{}: {} certificates, {} octets", worst.name, worst.sent.len() + 1, worst.bytes());
        println!("  {:.0} us; webpki {:.0} us; {}", judged.micros(), judged.webpki_micros(), judged.says);
        Ratio::of(&judged.times, &good.times).show("as many times a good chain of one certificate");
        Ratio::of(&judged.times, &judged.webpki).show("as many times plain webpki");
        let share = Ratio::of(&judged.times, &[MOST; TURNS]);
        holds &= share.demand("of the 20 ms that any chain may cost", "at most 1", |share| share <= 1.0);
    }
    Ok(holds)
}

/// A hierarchy of 16 CAs, the root in the bundle and the others sent: what every judge must still let in.
fn deep(name: &'static str, kind: KeyKind) -> Result<Option<Worst>> {
    let forged = Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(1), kind, AT, 15).forge()?;
    let root = forged.authorities[0].clone();
    let mut chain = forged.chain.into_iter();
    Ok(chain.next().map(|leaf| Worst { name, leaf, sent: chain.collect(), roots: vec![root] }))
}

struct Judged {
    times: Vec<Duration>,
    webpki: Vec<Duration>,
    says: String,
}

impl Judged {
    fn of(worst: &Worst) -> Result<Self> {
        let roots: Vec<Arc<Certificate>> = worst.roots.iter().flat_map(|der| Certificate::read(der)).collect();
        let anchors = Anchors::new(roots).judged();
        let plain: Vec<_> = worst.roots.iter().flat_map(|der| by_webpki::anchor(der)).collect();
        let sent: Vec<_> = worst.sent.iter().map(Vec::as_slice).collect();
        let (mut times, mut webpki) = (Vec::new(), Vec::new());
        let mut says = String::new();
        for turn in 0..TURNS {
            let (time, said) = thread_time(|| judge(worst, &anchors))?;
            times.push(time);
            says = said;
            // Seconds of it are not asked for again.
            match webpki.first() {
                Some(first) if turn > 0 && *first > MOST => webpki.push(*first),
                _ => webpki.push(thread_time(|| by_webpki::verify(&worst.leaf, &sent, &plain, AT))?.0),
            }
        }
        Ok(Self { times, webpki, says })
    }

    fn micros(&self) -> f64 {
        micros(&self.times)
    }

    fn webpki_micros(&self) -> f64 {
        micros(&self.webpki)
    }
}

/// As the front door goes about it.
fn judge(worst: &Worst, anchors: &Anchors) -> String {
    let lengths = std::iter::once(&worst.leaf).chain(&worst.sent).map(Vec::len);
    if let Err(fault) = chain::judge_sizes(lengths) {
        return fault.to_string();
    }
    let Ok(leaf) = Certificate::read(&worst.leaf) else { return "unreadable".to_owned() };
    let sent: Vec<_> = worst.sent.iter().flat_map(|der| Certificate::read(der)).collect();
    black_box((leaf.subject.to_string(), leaf.sha256()));
    black_box(chain::is_costly(&leaf, &sent, anchors));
    let mut links = Links::within(Work::FOR_STRANGERS);
    let said = match chain::verify_with(&leaf, &sent, anchors, AT, &mut links) {
        Ok(chain) => gate::breach(&chain).map_or("let in".to_owned(), |breach| breach.to_string()),
        Err(fault) => fault.to_string(),
    };
    let spent = links.spent();
    let said: String = said.chars().take(80).collect();
    format!("{} links and {} us counted: {said}", spent.links, spent.microseconds)
}

/// The median of the times.
fn micros(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn thread_time<T>(work: impl FnOnce() -> T) -> Result<(Duration, T)> {
    let start = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    let done = work();
    Ok((Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)? - start), done))
}

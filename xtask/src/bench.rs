//! How fast files are judged, as ratios from one run: beside bare signatures, `openssl verify` and GnuTLS's certtool.
//!
//! A program of its own, because it is built for release. What is compared runs in turns, so that both sides see the
//! same machine; the median of the turns counts, and the best and the worst are shown. Processor time, except where
//! cores are what is measured.

mod ratio;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use certproof::cloud::Kit;
use certproof::cloud::kit::Files;
use certproof::forge::{KeyKind, KeySource, Recipe};
use certproof::pki::Certificate;
use certproof::pki::chain::{self, Anchors};
use certproof::pki::pem::encode_certificates;
use certproof::rules::{self, Terms};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_gettime};
use time::OffsetDateTime;
use time::macros::datetime;

use ratio::Ratio;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);

fn main() -> ExitCode {
    ratio::main("usage: cargo xtask bench check [--strict]", |rest| rest.is_empty().then(run))
}

fn run() -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let build = ["build", "--quiet", "--release", "--package", "certproof", "--bin", "certproof"];
    if !Command::new("cargo").args(build).current_dir(&root).status()?.success() {
        return Err("certproof does not build".into());
    }
    let binary = std::env::current_exe()?.with_file_name("certproof");
    let folder = std::env::temp_dir().join(format!("certproof-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&binary, &folder);
    std::fs::remove_dir_all(&folder)?;
    measured
}

fn measure(binary: &Path, folder: &Path) -> Result<bool> {
    let held = [chains()?, one_file(binary, folder)?, many_files(binary, folder)?];
    Ok(held.into_iter().all(|held| held))
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}

/// leaf -> intermediate -> root, P-256, three signatures each, against these signatures alone.
fn chains() -> Result<bool> {
    const CHAINS: u64 = 200;
    const TURNS: usize = 15;
    let mut kits = Vec::new();
    for seed in 0..CHAINS {
        let files = Recipe::good("orders.f45a2", KeySource::Seeded(seed), KeyKind::P256, AT).forge()?.files;
        kits.push(Files { bundle: files.bundle, client: files.client, ..Files::default() });
    }
    let chains: Vec<[Arc<Certificate>; 3]> = kits.iter().filter_map(three).collect();
    if chains.len() != kits.len() {
        return Err("a forged kit is not leaf, intermediate and root".into());
    }
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..TURNS {
        times[0].push(thread_time(|| chains.iter().all(bare))?);
        times[1].push(thread_time(|| chains.iter().all(judged))?);
        times[2].push(thread_time(|| chains.iter().all(|chain| reread(chain).is_some_and(|chain| judged(&chain))))?);
        times[3]
            .push(thread_time(|| kits.iter().all(|files| !rules::run(&Kit::read(files), &Terms::at(AT)).is_empty()))?);
    }
    let [bare, judged, reread, ruled] = times;
    println!("chains: {CHAINS} P-256 chains of three, {TURNS} turns, time of the thread");
    println!("  one chain's signatures alone take {:.1} us", median(&bare).as_secs_f64() * 1e6 / CHAINS as f64);
    let holds = Ratio::of(&judged, &bare).demand(
        "Anchors::new and chain::verify / the three signatures alone",
        "at most 1.15",
        |ratio| ratio <= 1.15,
    );
    Ratio::of(&reread, &bare).show("the same and reading the three certificates");
    Ratio::of(&ruled, &bare).show("reading the two PEM files and judging by every rule");
    Ok(holds)
}

fn three(files: &Files) -> Option<[Arc<Certificate>; 3]> {
    let kit = Kit::read(files);
    let (leaf, sent, authorities) = (kit.leaf()?.clone(), kit.sent(), kit.authorities());
    match (&sent[..], &authorities[..]) {
        ([intermediate], [root]) => Some([leaf, intermediate.clone(), root.clone()]),
        _ => None,
    }
}

/// Each by the one above it, and the root by itself, with the library that judges as well.
fn bare(chain: &[Arc<Certificate>; 3]) -> bool {
    let [leaf, intermediate, root] = chain;
    [(leaf, intermediate), (intermediate, root), (root, root)]
        .into_iter()
        .all(|(certificate, issuer)| verifies(certificate, issuer))
}

fn verifies(certificate: &Certificate, issuer: &Certificate) -> bool {
    let algorithm = webpki::aws_lc_rs::ECDSA_P256_SHA256;
    black_box(algorithm.verify_signature(&issuer.key_bits, certificate.tbs(), &certificate.signature.value).is_ok())
}

fn judged(chain: &[Arc<Certificate>; 3]) -> bool {
    let [leaf, intermediate, root] = chain;
    let anchors = Anchors::new([root.clone()]);
    black_box(chain::verify(leaf, std::slice::from_ref(intermediate), &anchors, AT).is_ok())
}

fn reread(chain: &[Arc<Certificate>; 3]) -> Option<[Arc<Certificate>; 3]> {
    let read = |certificate: &Arc<Certificate>| Certificate::read(certificate.der()).ok();
    Some([read(&chain[0])?, read(&chain[1])?, read(&chain[2])?])
}

/// A file of 16 self-signed CAs through the binary, against other people's verifiers, all from start to end.
fn one_file(binary: &Path, folder: &Path) -> Result<bool> {
    const RUNS: usize = 30;
    const TURNS: usize = 15;
    let mut ders = Vec::new();
    let mut singles = Vec::new();
    for seed in 0..16 {
        let namespace = format!("orders{seed}.f45a2");
        let recipe = Recipe::with_intermediates(&namespace, KeySource::Seeded(seed), KeyKind::P256, now()?, 0);
        let der = recipe.forge()?.authorities.swap_remove(0);
        let path = folder.join(format!("{seed}.crt"));
        std::fs::write(&path, encode_certificates(std::slice::from_ref(&der)))?;
        ders.push(der);
        singles.push(path);
    }
    let all = folder.join("all.pem");
    std::fs::write(&all, encode_certificates(&ders))?;

    let command = |program: &Path, arguments: &[&str], files: &[PathBuf]| {
        let mut command = Command::new(program);
        command.args(arguments).args(files).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let bundle = [all.clone()];
    let mut ours = command(binary, &["check"], &bundle);
    let mut openssl = command(Path::new("openssl"), &["verify", "-check_ss_sig", "-CAfile", "all.pem"], &singles);
    let mut certtool =
        command(Path::new("certtool"), &["--verify", "--load-ca-certificate", "all.pem", "--infile"], &bundle);
    let mut nothing = command(Path::new("true"), &[], &[]);
    let mut rivals = [(&mut openssl, true), (&mut certtool, true), (&mut nothing, true)];
    for (rival, there) in &mut rivals {
        *there = rival.status().is_ok();
    }
    let [has_openssl, has_certtool, has_nothing] = rivals.map(|(_, there)| there);

    println!(
        "\none file of 16 self-signed P-256 CAs, {TURNS} turns of {RUNS} runs, time of the processor, start to end"
    );
    println!("  ours:     certproof check all.pem");
    println!("  openssl:  openssl verify -check_ss_sig -CAfile all.pem 0.crt … 15.crt");
    println!("  certtool: certtool --verify --load-ca-certificate all.pem --infile all.pem");
    println!("            (it takes the file for one chain and stops at its first certificate, which it trusts)");
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..TURNS {
        times[0].push(processes(&mut ours, RUNS)?);
        for (position, (rival, there)) in
            [(&mut openssl, has_openssl), (&mut certtool, has_certtool), (&mut nothing, has_nothing)]
                .into_iter()
                .enumerate()
        {
            if there {
                times[position + 1].push(processes(rival, RUNS)?);
            }
        }
    }
    for (name, times) in ["ours", "openssl", "certtool", "an empty process"].into_iter().zip(&times) {
        match times.is_empty() {
            true => println!("  {name}: NOT JUDGED, it is not installed"),
            false => println!("  {name}: {:.2} ms", median(times).as_secs_f64() * 1e3 / RUNS as f64),
        }
    }
    let mut holds = has_openssl && has_certtool;
    if has_openssl {
        holds &= Ratio::of(&times[0], &times[1]).demand("ours / openssl", "at most 1/3", |ratio| ratio <= 1.0 / 3.0);
    }
    if has_certtool {
        holds &= Ratio::of(&times[0], &times[2]).demand("ours / certtool", "less than 1", |ratio| ratio < 1.0);
    }
    Ok(holds)
}

/// A folder of 10,000 bundles on one core and on two, against a loop of signatures on one and on two.
fn many_files(binary: &Path, folder: &Path) -> Result<bool> {
    const BUNDLES: usize = 10_000;
    const DISTINCT: usize = 100;
    const TURNS: usize = 5;
    if std::thread::available_parallelism()?.get() < 2 {
        println!("\n10,000 bundles: there is one core, nothing to compare");
        return Ok(true);
    }
    let bundles = folder.join("bundles");
    std::fs::create_dir_all(&bundles)?;
    let mut texts = Vec::new();
    let mut pairs = Vec::new();
    for seed in 0..DISTINCT as u64 {
        let mut recipe = Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(seed), KeyKind::P256, now()?, 1);
        for authority in &mut recipe.authorities {
            authority.in_bundle = true;
        }
        let files = recipe.forge()?.files;
        let bundle = files.bundle.ok_or("a forged kit has a bundle")?;
        texts.push(bundle.bytes.0.clone());
        let read = Kit::read(&Files { bundle: Some(bundle), ..Files::default() });
        pairs.push(read.authorities());
    }
    for number in 0..BUNDLES {
        std::fs::write(bundles.join(format!("{number:05}.pem")), &texts[number % DISTINCT])?;
    }
    let check = |threads: &str| -> Result<Duration> {
        let mut command = Command::new(binary);
        command.arg("check").arg(&bundles).args(["--format", "concise"]).env("RAYON_NUM_THREADS", threads);
        let began = Instant::now();
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        if status.success() { Ok(began.elapsed()) } else { Err(format!("certproof check ended with {status}").into()) }
    };
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..TURNS {
        times[0].push(check("1")?);
        times[1].push(check("2")?);
        times[2].push(crypto(&pairs, BUNDLES, 1));
        times[3].push(crypto(&pairs, BUNDLES, 2));
    }
    let [one, two, crypto_one, crypto_two] = times;
    println!("\n{BUNDLES} bundles of a root and an intermediate, {TURNS} turns, time by the clock");
    println!("  certproof check DIR --format concise, RAYON_NUM_THREADS=1: {:.2} s", median(&one).as_secs_f64());
    println!("  the same on one core / the signatures alone on one core: {:.2}", Ratio::of(&one, &crypto_one).median());
    let (ours, bare) = (Ratio::of(&one, &two), Ratio::of(&crypto_one, &crypto_two));
    ours.show("check: one core / two cores");
    bare.show("a bare loop of the same signatures: one core / two cores");
    let each: Vec<_> = one.iter().zip(&two).map(|(one, two)| one.as_secs_f64() / two.as_secs_f64()).collect();
    let loops: Vec<_> =
        crypto_one.iter().zip(&crypto_two).map(|(one, two)| one.as_secs_f64() / two.as_secs_f64()).collect();
    if bare.median() < 1.6 {
        println!("  NOT JUDGED: the second core was busy with something else; run it again on a quiet machine");
        return Ok(false);
    }
    let scaled = each.iter().zip(&loops).map(|(ours, bare)| ours / bare).collect();
    Ok(Ratio::sorted(scaled).demand("how check scales / how the loop scales", "at least 0.9", |ratio| ratio >= 0.9))
}

/// Every signature of every bundle, by as many threads.
fn crypto(pairs: &[Vec<Arc<Certificate>>], bundles: usize, threads: usize) -> Duration {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for number in (thread..bundles).step_by(threads) {
                    let authorities = &pairs[number % pairs.len()];
                    for certificate in authorities {
                        // The root of each signed both.
                        black_box(verifies(certificate, &authorities[0]));
                    }
                }
            });
        }
    });
    began.elapsed()
}

/// Processor time that this thread takes for something, which must succeed.
fn thread_time(work: impl FnOnce() -> bool) -> Result<Duration> {
    let clock = || clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from);
    let before = clock()?;
    let done = work();
    let took = clock()? - before;
    if done { Ok(took) } else { Err("what is measured does not succeed".into()) }
}

/// Processor time, the system's share included, of as many runs of a program.
fn processes(command: &mut Command, runs: usize) -> Result<Duration> {
    let spent = || -> Result<Duration> {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
        let microseconds = |time: TimeVal| Duration::from_micros((time.tv_sec() * 1_000_000 + time.tv_usec()) as u64);
        Ok(microseconds(usage.user_time()) + microseconds(usage.system_time()))
    };
    let before = spent()?;
    for _ in 0..runs {
        let status = command.status()?;
        if !status.success() {
            return Err(format!("{command:?} ended with {status}").into());
        }
    }
    Ok(spent()? - before)
}

/// The rivals judge by the real time, so what they are given is valid then.
fn now() -> Result<OffsetDateTime> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(OffsetDateTime::from_unix_timestamp(since.as_secs() as i64)?)
}

//! A hundred thousand damaged files through everything that reads: no panic, no hang, memory in proportion.
//!
//! The inputs follow from the seed alone, so any of them can be tried again: `cargo xtask fuzz-smoke --only 4711`. A
//! program of its own, because the whole process counts what it allocates.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certproof::cloud::Kit;
use certproof::cloud::filter::FiltersFile;
use certproof::cloud::kit::{File, Files};
use certproof::forge::{KeyKind, KeySource, Recipe, flaw};
use certproof::pki::pem::{self, Segment};
use certproof::pki::{Bundle, Certificate, normal};
use certproof::readers::Program;
use certproof::report::{Counts, Report, Verdict, full, json};
use certproof::rules::{self, Terms};
use fastrand::Rng;
use peak_alloc::PeakAlloc;
use time::OffsetDateTime;
use time::macros::datetime;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);

/// No input may take longer; the slowest honest one takes a fraction of it on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the command line reads at most.
const LARGEST: usize = 8 * 1024 * 1024;

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fuzz-smoke: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// What a file of the largest size may be made of.
const UNITS: [&[u8]; 12] = [
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----END CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n",
    b"-----BEGIN X-----\n-----END X-----\n",
    b"-----END CERTIFICATE----------BEGIN CERTIFICATE-----\n",
    b"-----BEGIN PRIVATE KEY-----\nA: b\n\n-----END PRIVATE KEY-----\n",
    b"text\n\n",
    b"\r",
    b"a: b\n",
    b"[",
    b"{\"filters\":[",
    b"\x30\x80",
];

struct Plan {
    inputs: usize,
    seed: u64,
    only: Option<usize>,
}

impl Plan {
    fn read() -> Result<Self> {
        let mut plan = Self { inputs: 100_000, seed: 1, only: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or("every option has a value")?;
            match name.as_str() {
                "--inputs" => plan.inputs = value.parse()?,
                "--seed" => plan.seed = value.parse()?,
                "--only" => plan.only = Some(value.parse()?),
                _ => return Err("the options are --inputs, --seed and --only".into()),
            }
        }
        Ok(plan)
    }
}

/// The slowest input and the hungriest one, by how much of what it may take it took.
#[derive(Default)]
struct Worst {
    time: (Duration, usize, usize),
    memory: (f64, usize, usize, usize),
}

fn run() -> Result {
    the_count_is_right()?;
    let plan = Plan::read()?;
    let corpus = Arc::new(Corpus::read()?);
    println!(
        "{} files and {} certificates to damage, seed {}; judged at {AT}",
        corpus.files.len(),
        corpus.certificates.len(),
        plan.seed
    );
    let range = plan.only.map_or(0..plan.inputs, |only| only..only + 1);
    let watch = Watch::start(corpus.clone(), plan.seed);
    let began = Instant::now();
    let mut worst = Worst::default();
    let (mut bytes, mut faults) = (0, 0);
    for number in range.clone() {
        let input = corpus.input(plan.seed, number);
        bytes += input.len();
        watch.begin(number);
        let measured = measure(&corpus, number, &input);
        watch.end();
        let allowed = 8 * input.len() + 64 * 1024 * 1024;
        let fault = match measured {
            Ok((took, held)) => {
                let share = held as f64 / allowed as f64;
                if took > worst.time.0 {
                    worst.time = (took, number, input.len());
                }
                if share > worst.memory.0 {
                    worst.memory = (share, number, input.len(), held);
                }
                (held > allowed).then(|| format!("held {held} bytes, and {allowed} are allowed"))
            }
            Err(what) => Some(what),
        };
        if let Some(what) = fault {
            let saved = save(plan.seed, number, &input);
            let length = input.len();
            println!("input {number} of seed {} ({length} bytes) {what}; it is saved as {saved}", plan.seed);
            faults += 1;
        }
    }
    let (time, memory) = (worst.time, worst.memory);
    println!("{} inputs, {bytes} bytes, in {:.1} s", range.len(), began.elapsed().as_secs_f64());
    println!("slowest: input {} of {} bytes, {:.3} s", time.1, time.2, time.0.as_secs_f64());
    println!(
        "hungriest: input {} of {} bytes held {} bytes at its peak, {:.0}% of 8 x input + 64 MB",
        memory.1,
        memory.2,
        memory.3,
        100.0 * memory.0
    );
    if faults == 0 { Ok(()) } else { Err(format!("{faults} inputs did what none may").into()) }
}

/// The allocator's count is what everything here rests on.
fn the_count_is_right() -> Result {
    const BLOCK: usize = 10_000_000;
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    drop(std::hint::black_box(vec![1u8; BLOCK]));
    let seen = MEMORY.peak_usage().saturating_sub(before);
    let after = MEMORY.current_usage();
    if !(BLOCK..BLOCK + 4096).contains(&seen) || after > before + 4096 {
        return Err(format!("the allocator counts {seen} bytes for a block of {BLOCK}").into());
    }
    Ok(())
}

/// How long an input took, and how much memory it held at its peak.
fn measure(corpus: &Corpus, number: usize, input: &[u8]) -> std::result::Result<(Duration, usize), String> {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let began = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| read_everything(corpus, number, input)));
    let took = began.elapsed();
    let held = MEMORY.peak_usage().saturating_sub(before);
    match outcome {
        Ok(Ok(())) => Ok((took, held)),
        Ok(Err(what)) => Err(what.to_owned()),
        Err(_) => Err("panicked".to_owned()),
    }
}

fn read_everything(corpus: &Corpus, number: usize, input: &[u8]) -> std::result::Result<(), &'static str> {
    let scan = pem::scan(input);
    for segment in &scan.segments {
        let (first, last) = segment.lines();
        if first == 0 || first > last || last > scan.line_count {
            return Err("has a segment outside of the file");
        }
    }
    drop(scan);
    drop(Certificate::read(input));
    drop(FiltersFile::read(input));

    let bundle = Bundle::read("fuzz.pem", input);
    drop(certproof::cli::inspected(&bundle));
    let first = normal::normalise(&bundle, None);
    drop(bundle);
    let again = normal::normalise(&Bundle::read("again.pem", first.pem.as_bytes()), None);
    if first.pem != again.pem {
        return Err("has a normal form that is not normal");
    }
    drop((first, again));

    // What other programs make of it, each in its turn.
    if let Some(program) = Program::ALL.get(number / 8 % 64) {
        drop(program.read(input, None, AT));
    }

    let report = judge(&corpus.kit(number, input));
    drop(full::print(&report, 100));
    let printed = json::print(&report);
    if serde_json::from_str::<serde::de::IgnoredAny>(&printed).is_err() {
        return Err("makes JSON that is none");
    }
    Ok(())
}

fn judge(files: &Files) -> Report {
    let kit = Kit::read(files);
    let mut cases = rules::run(&kit, &Terms::at(AT));
    let forecasts = rules::forecast::forecast(&kit, &cases, AT).into_iter().collect();
    cases.retain(|case| matches!(case.verdict, Verdict::Fail(_)));
    Report {
        command: "check",
        checked_at: String::new(),
        profile: "cloud",
        counts: Counts::of(&cases),
        cases,
        forecasts,
        passed: 0,
        skipped: 0,
        suppressed: 0,
        notes: Vec::new(),
        troubles: Vec::new(),
        scope: String::new(),
    }
}

fn save(seed: u64, number: usize, input: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("certproof-fuzz-{seed}-{number}"));
    match std::fs::write(&path, input) {
        Ok(()) => path.display().to_string(),
        Err(error) => format!("nothing, since {} cannot be written: {error}", path.display()),
    }
}

/// Names the input that does not end, and ends the program, since nothing else could.
struct Watch(Arc<(AtomicUsize, Mutex<Instant>)>);

const IDLE: usize = usize::MAX;

impl Watch {
    fn start(corpus: Arc<Corpus>, seed: u64) -> Self {
        let shared = Arc::new((AtomicUsize::new(IDLE), Mutex::new(Instant::now())));
        let seen = shared.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(250));
                let since = *seen.1.lock().expect("nobody panics while holding it");
                let number = seen.0.load(Ordering::SeqCst);
                if number != IDLE && since.elapsed() > PATIENCE {
                    let saved = save(seed, number, &corpus.input(seed, number));
                    eprintln!("fuzz-smoke: input {number} of seed {seed} hangs; it is saved as {saved}");
                    std::process::exit(1);
                }
            }
        });
        Self(shared)
    }

    fn begin(&self, number: usize) {
        *self.0.1.lock().expect("nobody panics while holding it") = Instant::now();
        self.0.0.store(number, Ordering::SeqCst);
    }

    fn end(&self) {
        self.0.0.store(IDLE, Ordering::SeqCst);
    }
}

/// What is damaged: every file of the test data, and every certificate in them; and a good kit to put the damage in.
struct Corpus {
    files: Vec<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    good: Files,
}

impl Corpus {
    fn read() -> Result<Self> {
        let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
        let mut paths = Vec::new();
        walk(&testdata, &mut paths)?;
        let mut files = paths.iter().map(std::fs::read).collect::<std::result::Result<Vec<_>, _>>()?;
        // The forge again, with other keys than the committed files have.
        let recipe = Recipe::good("orders.f45a2", KeySource::Seeded(7), KeyKind::P384, AT);
        for flaw in flaw::ALL {
            if let Ok((_, failing)) = flaw.pair(&recipe) {
                let given = [failing.bundle, failing.client, failing.key, failing.filters, failing.server_root];
                files.extend(given.into_iter().flatten().map(|file| file.bytes.0));
            }
        }
        files.retain(|bytes| bytes.len() < 256 * 1024);
        files.sort();
        files.dedup();
        let mut certificates: Vec<_> = files.iter().flat_map(|bytes| bodies(bytes)).collect();
        certificates.sort();
        certificates.dedup();
        let good = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT).forge()?.files;
        Ok(Self { files, certificates, good })
    }

    /// The input of that number: half of them armoured DER with a fault inside, half files with a fault anywhere.
    fn input(&self, seed: u64, number: usize) -> Vec<u8> {
        // The worst that is known comes first, whatever the seed.
        if let Some(unit) = UNITS.get(number) {
            return unit.repeat(LARGEST / unit.len());
        }
        let mut rng = Rng::with_seed(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number as u64);
        let mut bytes = match rng.u32(..1000) {
            0 => return self.huge(&mut rng),
            1..500 => self.damaged_certificates(&mut rng),
            500..520 => return filters(&mut rng),
            520..560 => self.raw_certificate(&mut rng),
            560..620 => self.document(&mut rng),
            _ => self.pick(&mut rng, &self.files),
        };
        for _ in 0..rng.usize(0..4) {
            self.damage(&mut rng, &mut bytes);
        }
        bytes
    }

    /// A document that carries certificates, sound or damaged, in one of the forms that are known.
    fn document(&self, rng: &mut Rng) -> Vec<u8> {
        let value = if rng.bool() { self.damaged_certificates(rng) } else { self.pick(rng, &self.files) };
        let base64 = STANDARD.encode(&value);
        let text = String::from_utf8_lossy(&value);
        let document = match rng.u32(..6) {
            0 => serde_json::json!({"resources": [{"instances": [{"attributes": {"id": "orders.f45a2",
                "accepted_client_ca": base64, "certificate_filters": [{"common_name": "a*"}]}}]}]})
            .to_string(),
            1 => serde_json::json!([{"base64EncodedData": base64}, {"base64EncodedData": base64}]).to_string(),
            2 => serde_json::json!({"bundle": text, "client": base64, "key": text, "namespace": "orders"}).to_string(),
            3 => serde_json::json!({"kind": "Secret", "data": {"ca.crt": base64, "tls.crt": base64}}).to_string(),
            4 => format!("apiVersion: v1\nkind: Secret\ndata:\n  ca.crt: {base64}\n  tls.key: {base64}\n"),
            _ => {
                let lines: String = text.lines().map(|line| format!("    {line}\n")).collect();
                format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  ca.crt: |\n{lines}")
            }
        };
        document.into_bytes()
    }

    fn pick(&self, rng: &mut Rng, from: &[Vec<u8>]) -> Vec<u8> {
        from[rng.usize(..from.len())].clone()
    }

    fn damaged_certificates(&self, rng: &mut Rng) -> Vec<u8> {
        let mut out = String::new();
        for _ in 0..rng.usize(1..4) {
            let der = self.raw_certificate(rng);
            out.push_str(&pem::encode("CERTIFICATE", &der));
        }
        out.into_bytes()
    }

    /// One certificate with faults inside: in its length octets, its values, its structure.
    fn raw_certificate(&self, rng: &mut Rng) -> Vec<u8> {
        let mut der = self.pick(rng, &self.certificates);
        for _ in 0..rng.usize(1..4) {
            if der.is_empty() {
                break;
            }
            let at = rng.usize(..der.len());
            match rng.u32(..7) {
                0 => der[at] ^= 1 << rng.u32(..8),
                1 => der[at] = rng.u8(..),
                2 => {
                    // A length octet, where there is one near: the byte behind a constructed tag.
                    let tag = der[at..].iter().position(|byte| matches!(byte, 0x30 | 0x31 | 0xA0..=0xA3));
                    if let Some(length) = tag.map(|tag| at + tag + 1).filter(|length| *length < der.len()) {
                        der[length] = *rng.choice([0x00, 0x7F, 0x80, 0x81, 0x84, 0x88, 0xFF].iter()).unwrap_or(&0);
                    }
                }
                3 => der.truncate(at),
                4 => {
                    let other = self.pick(rng, &self.certificates);
                    let from = rng.usize(..other.len());
                    der.splice(at.., other[from..].iter().copied());
                }
                5 => {
                    let end = (at + rng.usize(1..64)).min(der.len());
                    let part = der[at..end].to_vec();
                    der.splice(at..at, part.repeat(rng.usize(1..8)));
                }
                _ => rewrap(rng, &mut der),
            }
        }
        der
    }

    fn damage(&self, rng: &mut Rng, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let at = rng.usize(..bytes.len());
        match rng.u32(..12) {
            0 => bytes[at] ^= 1 << rng.u32(..8),
            1 => bytes[at] = rng.u8(..),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(..at)),
            4 => {
                let other = self.pick(rng, &self.files);
                let from = rng.usize(..=other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
            5 => {
                let other = self.pick(rng, &self.files);
                bytes.splice(at..at, other);
            }
            6 => {
                let times = rng.usize(2..20);
                if bytes.len() * times < 128 * 1024 {
                    *bytes = bytes.repeat(times);
                }
            }
            7 => {
                let (from, to): (&[u8], &[u8]) = *rng
                    .choice(
                        [(&b"\n"[..], &b"\r\n"[..]), (b"\n", b"\r"), (b"\n", b"\\n"), (b"\n", b""), (b"\n", b"\n\n")]
                            .iter(),
                    )
                    .unwrap_or(&(b"\n", b"\r"));
                *bytes = replace(bytes, from, to, rng.bool());
            }
            8 => {
                const LABELS: [&[u8]; 8] = [
                    b"TRUSTED CERTIFICATE",
                    b"X509 CRL",
                    b"PRIVATE KEY",
                    b"ENCRYPTED PRIVATE KEY",
                    b"PKCS7",
                    b"",
                    b"CERTIFICATE-----",
                    b"\xC3\xA9\xFF",
                ];
                *bytes = replace(bytes, b"CERTIFICATE", LABELS[rng.usize(..LABELS.len())], rng.bool());
            }
            9 => {
                const LINES: [&[u8]; 9] = [
                    b"-----BEGIN CERTIFICATE-----\n",
                    b"-----END CERTIFICATE-----\n",
                    b"-----END CERTIFICATE----------BEGIN CERTIFICATE-----\n",
                    b" -----BEGIN CERTIFICATE-----\n",
                    b"-----BEGIN CERTIFICATE----\n",
                    b"Proc-Type: 4,ENCRYPTED\n",
                    b"\xEF\xBB\xBF",
                    b"\r\r\n",
                    b"\0\n",
                ];
                let line = LINES[rng.usize(..LINES.len())].repeat(rng.usize(1..40));
                bytes.splice(at..at, line);
            }
            10 => {
                // The whole file again as something that wraps it.
                *bytes = match rng.u32(..3) {
                    0 => STANDARD.encode(&bytes).into_bytes(),
                    1 => bytes.iter().flat_map(|byte| [*byte, 0]).collect(),
                    _ => pem::encode("CERTIFICATE", bytes).into_bytes(),
                };
            }
            _ => {
                let end = (at + rng.usize(1..200)).min(bytes.len());
                drop(bytes.drain(at..end));
            }
        }
    }

    /// Files of up to the largest size that is read.
    fn huge(&self, rng: &mut Rng) -> Vec<u8> {
        let size = 1 << rng.u32(10..24);
        let unit = match rng.u32(..16) {
            0 => pem::encode("CERTIFICATE", &self.raw_certificate(rng)).into_bytes(),
            1 => pem::encode("CERTIFICATE", &self.pick(rng, &self.certificates)).into_bytes(),
            2 => self.pick(rng, &self.files),
            _ => UNITS[rng.usize(..UNITS.len())].to_vec(),
        };
        let mut bytes = unit.repeat((size / unit.len().max(1)).max(1));
        if rng.bool() {
            bytes.splice(..0, b"-----BEGIN CERTIFICATE-----\n".iter().copied());
        }
        bytes.truncate(LARGEST);
        bytes
    }

    /// A good kit in which the input stands for one of the files.
    fn kit(&self, number: usize, input: &[u8]) -> Files {
        let mut files = self.good.clone();
        let file = |path: &str| Some(File::new(path, input.to_vec()));
        match number % 8 {
            0..=2 => files = Files { bundle: file("ca.pem"), ..Files::default() },
            3 => files.bundle = file("ca.pem"),
            4 => files.client = file("client.pem"),
            5 => {
                files.client = file("client.pem");
                files.bundle = file("ca.pem");
            }
            6 if input.starts_with(b"{") || number % 16 == 6 => files.filters = file("filters.json"),
            6 => files.key = file("client.key"),
            _ => {
                files.server_root = file("server-root.pem");
                files.key = file("client.key");
            }
        }
        files
    }
}

/// The bodies of all CERTIFICATE blocks.
fn bodies(bytes: &[u8]) -> Vec<Vec<u8>> {
    let segments = pem::scan(bytes).segments.into_iter();
    let der = segments.filter_map(|segment| match segment {
        Segment::Block(block) if block.label == "CERTIFICATE" => block.der.map(|der| der.to_vec()),
        _ => None,
    });
    der.collect()
}

/// Wraps a stretch of DER in one more constructed element, or in very many.
fn rewrap(rng: &mut Rng, der: &mut Vec<u8>) {
    let depth = if rng.u32(..20) == 0 { 5_000 } else { rng.usize(1..30) };
    let at = rng.usize(..der.len());
    let tag = *rng.choice([0x30, 0x31, 0xA0, 0xA3, 0x24].iter()).unwrap_or(&0x30);
    let header = if rng.bool() { [tag, 0x80] } else { [tag, 0x7E] };
    der.splice(at..at, header.repeat(depth));
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8], all: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
        if !all {
            break;
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Filter files: right, nearly right, nested, and long.
fn filters(rng: &mut Rng) -> Vec<u8> {
    const PARTS: [&str; 14] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"filters\"",
        "\"commonName\"",
        "\"*a*\"",
        "\"\\ud800\"",
        "null",
        "1e999",
        "\n",
        "\"\"",
    ];
    match rng.u32(..4) {
        0 => {
            let depth = rng.usize(1..100_000);
            let open = if rng.bool() { "[" } else { "{\"filters\":" };
            format!("{{\"filters\":{}", open.repeat(depth)).into_bytes()
        }
        1 => {
            let one = "{\"commonName\":\"*a\",\"subjectAlternativeName\":\"b*\"},";
            format!("{{\"filters\":[{}{{}}]}}", one.repeat(rng.usize(1..5_000))).into_bytes()
        }
        _ => (0..rng.usize(1..60)).map(|_| PARTS[rng.usize(..PARTS.len())]).collect::<String>().into_bytes(),
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result {
    let mut paths = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    // A folder has no order of its own, and the inputs follow from the seed alone.
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

//! A report to look at: combinations of everything that may vary, with all that can come of one, and hand-written scenarios.

use certproof::report::{
    Basis, Case, Counts, End, Evidence, Exchange, Finding, Moment, Report, Severity, Side, Subject, Topic, Verdict,
};

/// What is in the sample whatever its size.
pub const SCENARIOS: usize = 3;

/// Text as a stranger's certificate could carry it.
pub const HOSTILE: &str = "</script><script>document.title='owned'</script><!-- <img src=https://example.com/x>";

const DIMENSIONS: [(&str, &[&str]); 10] = [
    (
        "client chain",
        &[
            "root -> leaf",
            "root -> intermediate -> leaf",
            "root -> 3 intermediates -> leaf",
            "root -> 15 intermediates -> leaf",
            "cross-signed root",
            "intermediate not sent",
            "foreign root",
            "another namespace's root",
            "expired root",
            "expired intermediate",
            "expired leaf",
            "leaf not yet valid",
            "leaf for servers only",
            "damaged signature",
            "no certificate",
        ],
    ),
    ("server name", &["own namespace", "another namespace", "unknown namespace", "none"]),
    ("TLS", &["1.3", "1.2"]),
    ("ALPN", &["h2", "none"]),
    ("key", &["P-256", "P-384", "RSA 2048", "RSA 4096"]),
    ("credentials", &["certificate", "certificate and API key"]),
    ("key exchange", &["X25519", "X25519MLKEM768", "P-256"]),
    ("session", &["new", "ticket", "ticket of another namespace"]),
    ("endpoint", &["namespace", "region"]),
    ("request", &["own namespace", "another namespace", "none"]),
];

/// A prime that no number of values shares, so that every value comes up and no combination twice.
const STRIDE: usize = 7919;

static DOCUMENTED: Evidence = Evidence {
    basis: Basis::Documented,
    gist: "client certificates are judged against the namespace's bundle",
    link: "https://docs.temporal.io/cloud/certificates",
    read: "2025-01-01",
};
static INFERRED: Evidence = Evidence { basis: Basis::Inferred, ..DOCUMENTED };

/// So many combinations, spread over all there are, and the scenarios.
pub fn report(combinations: usize) -> Report {
    let all: usize = DIMENSIONS.iter().map(|(_, values)| values.len()).product();
    let mut numbers: Vec<_> = (0..combinations).map(|number| number * STRIDE % all).collect();
    numbers.sort_unstable();
    let mut cases: Vec<_> = numbers.into_iter().map(combination).collect();
    cases.extend((0..SCENARIOS).map(scenario));
    let count = |verdict: &str| cases.iter().filter(|case| case.verdict.name() == verdict).count();
    Report {
        command: "matrix",
        checked_at: "2030-06-01T12:00:00Z".to_owned(),
        profile: "cloud",
        passed: count("pass"),
        skipped: count("skip"),
        scope: format!("{} combinations, {SCENARIOS} scenarios", combinations),
        counts: Counts::of(&cases),
        forecasts: Vec::new(),
        cases,
        suppressed: 0,
        notes: vec!["the gate's defaults stand where the cloud is silent".to_owned()],
        troubles: Vec::new(),
    }
}

/// Where the cell is let in, or is not: the stage and its alert.
type Decision = (&'static str, Option<&'static str>, &'static str);

fn combination(number: usize) -> Case {
    let mut rest = number;
    let traits: Vec<_> = DIMENSIONS
        .iter()
        .map(|(name, values)| {
            let value = values[rest % values.len()];
            rest /= values.len();
            (*name, value)
        })
        .collect();
    let of = |wanted: &str| traits.iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| *value);
    let expected = decision(&of);
    let is_wrong = of("client chain") == "expired root" && of("key") == "RSA 2048" && expected.0 == "chain";
    let is_skipped = of("key") == "RSA 4096" && of("client chain").contains("15");
    let decided = if is_wrong { ADMIT } else { expected };
    let verdict = match (is_skipped, is_wrong) {
        (true, _) => Verdict::skip("fifteen keys of this size are not made in a run of this length"),
        (_, true) => Verdict::of([Finding::new(
            "expected a refusal at chain with certificate_expired(45), the server decided: admit",
        )
        .note("the clock of the run is behind the end of the root")]),
        (_, false) => Verdict::Pass,
    };
    let id = traits.iter().map(|(_, value)| value.replace(" -> ", "-").replace(' ', "-")).collect::<Vec<_>>().join("/");
    let topic =
        topic("product", "a combination of everything that varies", "root (bundle) -> intermediate (sent) -> leaf");
    let source = if matches!(expected.0, "route" | "call") { &INFERRED } else { &DOCUMENTED };
    case(Topic { source, ..topic }, &id, traits, expected, decided, verdict)
}

const ADMIT: Decision = ("admit", None, "");

fn decision<'a>(of: &impl Fn(&'a str) -> &'static str) -> Decision {
    match (of("client chain"), of("server name")) {
        _ if of("TLS") == "1.2" => ("hello", Some("protocol_version(70)"), "the client offers TLS 1.2 at most"),
        _ if of("ALPN") == "none" => ("hello", Some("no_application_protocol(120)"), "the client does not offer h2"),
        (_, "unknown namespace") => ("route", None, "no namespace has this name"),
        (_, "none") => ("route", None, "the client names no server"),
        ("no certificate", _) => ("present", Some("certificate_required(116)"), "the client sent no certificate"),
        ("foreign root" | "another namespace's root" | "intermediate not sent" | "damaged signature", _)
        | (_, "another namespace") => {
            ("chain", Some("unknown_ca(48)"), "no certificate of the bundle signed CN=orders-worker")
        }
        ("expired root" | "expired intermediate" | "expired leaf" | "leaf not yet valid", _) => {
            ("chain", Some("certificate_expired(45)"), "CN=orders-root is not valid at the time of the judgement")
        }
        ("leaf for servers only", _) => {
            ("chain", Some("unsupported_certificate(43)"), "no clientAuth among the leaf's usages")
        }
        _ if of("request") == "another namespace" => ("call", None, "the certificate belongs to another namespace"),
        _ => ADMIT,
    }
}

fn scenario(number: usize) -> Case {
    let refused: Decision = ("chain", Some("unknown_ca(48)"), HOSTILE);
    match number {
        0 => {
            let topic = topic(
                "one-intermediate",
                "a leaf below one intermediate",
                "root (bundle) -> intermediate (sent) -> leaf",
            );
            case(topic, topic.id, Vec::new(), ADMIT, ADMIT, Verdict::Pass)
        }
        1 => {
            let topic =
                topic("hostile-name", "a name that would be markup", "foreign root -> leaf; its name holds markup");
            case(topic, topic.id, Vec::new(), refused, refused, Verdict::Pass)
        }
        _ => {
            let topic = topic("hostile-finding", "a finding that would be markup", "");
            case(topic, topic.id, Vec::new(), ADMIT, refused, Verdict::of([Finding::new(HOSTILE)]))
        }
    }
}

fn topic(id: &'static str, title: &'static str, docs: &'static str) -> Topic {
    let fix = "the gate does not do what is expected of it; report this together with the output of --format json";
    Topic { id, severity: Severity::Error, title, docs, fix, source: &DOCUMENTED }
}

fn case(
    topic: Topic,
    id: &str,
    traits: Vec<(&'static str, &'static str)>,
    expected: Decision,
    decided: Decision,
    verdict: Verdict,
) -> Case {
    let side = |(stage, alert, reason): Decision| Side {
        stage: Some(stage),
        alert: alert.map(str::to_owned),
        reason: reason.to_owned(),
    };
    // Times differ from case to case, as they do in a real run.
    let jitter = id.bytes().fold(0_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 900);
    let moment = |at: u64, end, what: &str| Moment { at_us: at + jitter, end, what: what.to_owned() };
    let (stage, alert, _) = decided;
    let seen = match (stage, alert) {
        ("admit", _) => "served".to_owned(),
        (_, Some(alert)) => format!("the alert {alert}"),
        _ => "the connection was closed without an alert".to_owned(),
    };
    let is_connected = !matches!(stage, "hello" | "route");
    let mut moments = vec![
        moment(90, End::Client, "TCP connected"),
        moment(140, End::Server, "accepted"),
        moment(310, End::Client, "ClientHello sent"),
        moment(520, End::Server, "ClientHello read, routed to orders.f45a2"),
    ];
    if is_connected {
        moments.push(moment(1480, End::Client, "handshake call returned: connected"));
    }
    let decided = if stage == "admit" { "admitted".to_owned() } else { format!("refused at {stage}, {seen}") };
    moments.push(moment(2210, End::Server, &decided));
    moments.push(moment(2390, End::Client, &seen));
    Case {
        topic,
        subject: Subject { subject: Some("orders.f45a2".into()), ..Subject::default() },
        breaks: if expected.0 == "admit" { "nothing" } else { "connect at chain" },
        exchange: Some(Exchange {
            id: id.into(),
            traits,
            expected: Side { reason: String::new(), ..side(expected) },
            server: side((stage, alert, if stage == "admit" { "" } else { expected.2 })),
            client: Side { stage: None, alert: alert.map(str::to_owned), reason: seen },
            connected_us: is_connected.then_some(1480 + jitter),
            known_us: Some(2390 + jitter),
            moments,
        }),
        verdict,
    }
}

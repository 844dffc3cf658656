//! Scratch.
#[path = "../../tests/it/worst_chains.rs"]
mod worst_chains;
use certproof::pki::Certificate;
use certproof::pki::chain;
use nix::time::{ClockId, clock_gettime};
use std::time::Duration;
use time::macros::datetime;

fn time<T>(f: impl FnOnce() -> T) -> (f64, T) {
    let s = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap();
    let r = f();
    let e = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap();
    (Duration::from(e - s).as_secs_f64() * 1e6, r)
}
fn main() {
    let at = datetime!(2027-01-01 00:00 UTC);
    for w in worst_chains::all() {
        let anchors = chain::Anchors::new(w.roots.iter().map(|r| Certificate::read(r).unwrap()));
        for a in anchors.certificates() {
            anchors.is_root(a);
        }
        let (t1, (leaf, sent)) = time(|| {
            (
                Certificate::read(&w.leaf).unwrap(),
                w.sent.iter().map(|d| Certificate::read(d).unwrap()).collect::<Vec<_>>(),
            )
        });
        let mut links = chain::Links::within(chain::Work::FOR_STRANGERS);
        let (tc, costly) = time(|| chain::is_costly(&leaf, &sent, &anchors));
        let (t2, r) = time(|| chain::verify_with(&leaf, &sent, &anchors, at, &mut links));
        let mut filelinks = chain::Links::default();
        let (tf, _) = time(|| chain::verify_with(&leaf, &sent, &anchors, at, &mut filelinks));
        let (sp, fs) = (links.spent(), filelinks.spent());
        let (t3, s) = time(|| match &r {
            Ok(c) => format!("{:?}", certproof::cloud::gate::breach(c)),
            Err(e) => e.to_string(),
        });
        println!(
            "{:<50} {:>6} B {:>2} read {t1:>8.1} verify {t2:>8.1} {:>3}/{:>5} costly {tc:.1} {costly} | files {tf:>10.1} {:>3}/{:>7} show {t3:>7.1} {s:.100}",
            w.name,
            w.bytes(),
            w.sent.len(),
            sp.links,
            sp.microseconds,
            fs.links,
            fs.microseconds
        );
    }
}

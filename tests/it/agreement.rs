//! Rules and wire agree: what the rules say breaks a connection at a stage is refused at that stage, and what they let
//! pass is admitted.

use std::str::FromStr as _;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use certproof::cloud::kit::Files;
use certproof::cloud::world::{Tenant, World};
use certproof::cloud::{Breaks, Kit, NamespaceName, Stage, endpoint};
use certproof::forge::flaw::{self, Edit, Flaw, Wire, harmless};
use certproof::forge::server::ServerAuthority;
use certproof::forge::{KeyKind, KeySource, Recipe};
use certproof::pki::{Bundle, Clock};
use certproof::report::{Severity, Verdict};
use certproof::rules::{self, Terms};
use certproof::wire::audit::Event;
use certproof::wire::client::{Ask, Attempt, Client, Profile as ClientProfile, Sni, Versions};
use certproof::wire::outcome::{Decision, Seen};
use certproof::wire::{FrontDoor, Loopback, ServerIdentity};
use proptest::prelude::*;

use crate::common::AT;

const NAMESPACE: &str = "orders.f45a2";

/// The lowest stage at which a rule at error level breaks the connection.
fn predicted(kit: &Kit) -> Option<Stage> {
    let cases = rules::run(kit, &Terms::at(AT));
    let failed =
        cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_)) && case.topic.severity == Severity::Error);
    let stages = failed.filter_map(|case| match rules::find(case.topic.id)?.breaks {
        Breaks::Connect(stage) => Some(stage),
        Breaks::Upload | Breaks::Nothing => None,
    });
    stages.min()
}

struct Observed {
    refused_at: Option<Stage>,
    client: Seen,
}

static SERVER: LazyLock<ServerAuthority> =
    LazyLock::new(|| ServerAuthority::fresh("agreement", time::OffsetDateTime::now_utc()).unwrap());

/// Lets the client of a kit knock at a door that serves the kit's bundle and filters.
fn observe(files: &Files) -> Observed {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let name = NamespaceName::from_str(NAMESPACE).unwrap();
        let mut world = World::default();
        world.insert(Tenant::new(name.clone(), &Kit::read(files)));
        let mint = |names: &[String]| {
            let server = SERVER.issue(names, time::OffsetDateTime::now_utc()).unwrap();
            ServerIdentity::new(vec![server.certificate], server.key.pkcs8()).map_err(|error| error.to_string())
        };
        let decisions = Arc::new(Mutex::new(Vec::new()));
        let sink = {
            let decisions = decisions.clone();
            Arc::new(move |event| {
                if let Event::Decided(connection) = event {
                    decisions.lock().unwrap().push(connection.decision);
                }
            })
        };
        let door = FrontDoor::to(world, mint).clock(Clock::Fixed(AT)).records(sink).open().await.unwrap();
        let client = Client::new(ClientProfile {
            identity: Some(credential(files)),
            roots: roots(files),
            versions: Versions::Tls13,
            protocols: vec![b"h2".to_vec()],
            heeds_ca_names: false,
        });
        let attempt = Attempt { server_name: Sni::Name(endpoint::host(&name)), calls: vec![Ask::describe(&name)] };
        let (sight, _) = client.unwrap().attempt(Loopback::try_from(door.address()).unwrap(), &attempt).await;
        let decision = tokio::time::timeout(Duration::from_secs(5), async {
            loop {
                if let Some(decision) = decisions.lock().unwrap().first().cloned() {
                    return decision;
                }
                tokio::task::yield_now().await;
            }
        });
        let refused_at = match decision.await.unwrap() {
            Decision::Admitted => None,
            Decision::Refused(refusal) => Some(refusal.stage),
            other => panic!("nothing was decided: {other:?}"),
        };
        Observed { refused_at, client: sight.seen }
    })
}

/// What the kit's client judges servers by: the door's own CA, unless the kit says otherwise.
fn roots(files: &Files) -> Vec<pki_types::CertificateDer<'static>> {
    match &files.server_root {
        Some(file) => ders(file).into_iter().map(Into::into).collect(),
        None => vec![SERVER.certificate.clone().into()],
    }
}

fn ders(file: &certproof::cloud::kit::File) -> Vec<Vec<u8>> {
    let bundle = Bundle::read(file.path.clone(), &file.bytes.0);
    bundle.entries.iter().filter_map(|entry| entry.block.der.as_ref()).map(|der| der.to_vec()).collect()
}

fn credential(files: &Files) -> ServerIdentity {
    let chain = ders(files.client.as_ref().unwrap());
    let key = ders(files.key.as_ref().unwrap()).pop().unwrap();
    ServerIdentity::new(chain, &key).unwrap()
}

/// Whether our stack cannot tell: the rules then say nothing, and the gate lets nobody in.
fn is_not_judged(kit: &Kit) -> bool {
    let cases = rules::run(kit, &Terms::at(AT));
    cases.iter().any(|case| case.topic.id == "chain-not-judged" && matches!(case.verdict, Verdict::Skip(_)))
}

fn assert_agreement(files: &Files, what: &str) {
    let kit = Kit::read(files);
    let predicted = if is_not_judged(&kit) { Some(Stage::Chain) } else { predicted(&kit) };
    let observed = observe(files);
    assert_eq!(observed.refused_at, predicted, "{what}: wire against rules");
    let fits = match predicted {
        None => observed.client == Seen::Served,
        Some(Stage::Trust) => matches!(observed.client, Seen::ServerRefused(_)),
        Some(_) => matches!(observed.client, Seen::Alert(_)),
    };
    assert!(fits, "{what}: predicted {predicted:?}, the client saw {}", observed.client);
}

fn recipe(kind: KeyKind, intermediates: usize) -> Recipe {
    Recipe::with_intermediates(NAMESPACE, KeySource::Seeded(1), kind, AT, intermediates)
}

#[test]
fn each_flaw_is_refused_on_the_wire_where_the_rules_say() {
    for flaw in flaw::ALL {
        let (_, fail) = flaw.pair(&recipe(KeyKind::P256, 1)).unwrap();
        let expected = match flaw.wire {
            Wire::NotTried(_) => continue,
            Wire::Admitted => None,
            Wire::Refused(stage) => Some(stage),
        };
        assert_eq!(observe(&fail).refused_at, expected, "{}: wire against catalogue", flaw.id);
        assert_agreement(&fail, flaw.id);
    }
}

#[test]
fn what_is_harmless_is_admitted_on_the_wire() {
    for harmless in harmless::ALL {
        let (_, unusual) = harmless.pair(&recipe(KeyKind::P256, 1)).unwrap();
        assert_eq!(predicted(&Kit::read(&unusual)), None, "{}", harmless.id);
        assert_agreement(&unusual, harmless.id);
    }
}

#[test]
fn clean_kits_of_every_kind_are_admitted() {
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Rsa2048, KeyKind::Rsa4096] {
        for intermediates in [0, 1, 3] {
            let files = recipe(kind, intermediates).forge().unwrap().files;
            assert_eq!(predicted(&Kit::read(&files)), None, "{kind:?} {intermediates}");
            assert_agreement(&files, &format!("{kind:?} with {intermediates} intermediates"));
        }
    }
}

/// Flaws that edit a recipe, and whose client can try to connect.
fn composable() -> Vec<&'static Flaw> {
    let all = flaw::ALL.iter();
    all.filter(|flaw| matches!(flaw.edit, Edit::Recipe(_)) && !matches!(flaw.wire, Wire::NotTried(_))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Several flaws at once: the lowest stage wins on both sides.
    #[test]
    fn any_combination_of_flaws_is_judged_alike(
        flaws in proptest::sample::subsequence(composable(), 0..=3),
        kind in proptest::sample::select(vec![KeyKind::P256, KeyKind::P384, KeyKind::Rsa2048]),
        intermediates in 1..4usize,
    ) {
        let mut recipe = recipe(kind, intermediates);
        for flaw in &flaws {
            (flaw.ground)(&mut recipe);
            if let Edit::Recipe(edit) = flaw.edit {
                edit(&mut recipe);
            }
        }
        let ids: Vec<_> = flaws.iter().map(|flaw| flaw.id).collect();
        // Some edits cannot be made together, such as SHA-1 by an Ed25519 key.
        if let Ok(forged) = recipe.forge() {
            assert_agreement(&forged.files, &format!("{ids:?} on {kind:?} with {intermediates}"));
        }
    }
}

//! The reference model, the rules and the wire agree on random worlds, or the difference is a listed divergence.
//!
//! A world is a good hierarchy after a few changes, most of which break nothing by themselves. Its client knocks at a
//! door of many namespaces; what the model reads off the recipe and the rules off the files is held against that.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use certproof::cloud::filter::Field;
use certproof::cloud::world::World;
use certproof::cloud::{Alert, Breaks, Kit, NamespaceName, Stage, endpoint};
use certproof::forge::issue::{DistinguishedName, KeyUsagePurpose, Purpose, Spec, StringType};
use certproof::forge::recipe::{Authority, ClientKey};
use certproof::forge::server::ServerAuthority;
use certproof::forge::{KeyKind, KeySource, Recipe, SigningHash};
use certproof::matrix::model;
use certproof::pki::Clock;
use certproof::report::{Severity, Verdict};
use certproof::rules::{self, Terms};
use certproof::wire::audit::Event;
use certproof::wire::client::{Ask, Attempt, Client, Profile, Sni, Versions};
use certproof::wire::outcome::{Decision, Seen};
use certproof::wire::{FrontDoor, Loopback, ServerIdentity};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rayon::prelude::*;

use crate::common::AT;

/// Worlds of an ordinary test run; CERTPROOF_WORLDS asks for another number.
const WORLDS: usize = 500;

/// What the worlds are drawn by; CERTPROOF_WORLDS_SEED asks for others.
const SEED: u64 = 7;

/// Namespaces of one door at a time.
const BATCH: usize = 250;

/// Clients under way at a time.
const AT_ONCE: usize = 32;

/// A good hierarchy and what is changed in it, in this order.
#[derive(Debug, Clone)]
struct Plan {
    authorities: KeyKind,
    leaf: KeyKind,
    intermediates: usize,
    changes: Vec<(&'static Change, usize)>,
}

/// One way to change a recipe; the number chooses an authority.
struct Change {
    name: &'static str,
    put: fn(&mut Recipe, usize),
}

/// A difference that we know, and why it is none of ours.
struct Divergence {
    between: Pair,
    is_it: fn(&Recipe) -> bool,
    cause: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pair {
    ModelAndWire,
    RulesAndWire,
}

static DIVERGENCES: &[Divergence] = &[];

#[test]
fn model_rules_and_wire_agree_on_random_worlds_or_the_difference_is_listed() {
    let (count, seed) = (number("CERTPROOF_WORLDS").unwrap_or(WORLDS), number("CERTPROOF_WORLDS_SEED").unwrap_or(SEED));
    let mut drawing = drawing(seed);
    let plans = plans();
    let street = Street::open();
    let (mut results, mut unforged) = (BTreeMap::<_, usize>::new(), 0);
    let mut touched = HashMap::<&str, usize>::new();
    let mut seen = vec![0; DIVERGENCES.len()];
    let mut left = count;
    while left > 0 {
        let trees: Vec<_> = (0..left.min(BATCH)).map(|_| plans.new_tree(&mut drawing).unwrap()).collect();
        left -= trees.len();
        let recipes: Vec<_> = trees.iter().map(|tree| recipe(&tree.current())).collect();
        for (mut tree, judged) in trees.into_iter().zip(street.judge(&recipes)) {
            let Some(judged) = judged else {
                unforged += 1;
                continue;
            };
            tree.current().changes.iter().for_each(|(change, _)| *touched.entry(change.name).or_default() += 1);
            *results.entry(judged.wire.map(|(stage, _)| stage.name())).or_default() += 1;
            for (pair, what) in judged.differences() {
                match DIVERGENCES.iter().position(|listed| listed.between == pair && (listed.is_it)(&judged.recipe)) {
                    Some(position) => seen[position] += 1,
                    None => {
                        let (least, what) = simplify(&mut tree, &street, pair, what);
                        panic!("seed {seed}: {what}\n{least:?}\n{:#?}", recipe(&least));
                    }
                }
            }
        }
    }
    let share = |of: usize| of as f64 / count as f64;
    let admitted = results.get(&None).copied().unwrap_or_default();
    assert!((0.25..0.6).contains(&share(admitted)), "{admitted} of {count} are let in");
    assert!(share(unforged) < 0.02, "{unforged} of {count} cannot be made");
    for stage in [Stage::Chain, Stage::Prove, Stage::Filter] {
        let refused = results.get(&Some(stage.name())).copied().unwrap_or_default();
        assert!(share(refused) > 0.01, "{refused} of {count} are refused at {stage}");
    }
    let idle: Vec<_> = CHANGES.iter().map(|change| change.name).filter(|name| !touched.contains_key(name)).collect();
    assert!(idle.is_empty(), "never tried: {idle:?}");
    let gone: Vec<_> = DIVERGENCES.iter().zip(&seen).filter(|(_, seen)| **seen == 0).map(|(it, _)| it.cause).collect();
    assert!(gone.is_empty(), "no longer seen: {gone:#?}");
}

fn number<N: std::str::FromStr>(variable: &str) -> Option<N> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a number, and not `{text}`")))
}

fn drawing(seed: u64) -> TestRunner {
    let mut octets = [0; 32];
    octets[..8].copy_from_slice(&seed.to_be_bytes());
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &octets))
}

fn plans() -> impl Strategy<Value = Plan> {
    let kinds = || {
        prop_oneof![
            12 => Just(KeyKind::P256),
            2 => Just(KeyKind::P384),
            2 => Just(KeyKind::Rsa2048),
            1 => Just(KeyKind::Ed25519),
        ]
    };
    let changes = proptest::collection::vec((0..CHANGES.len(), 0..4_usize), 0..=4);
    let changes = changes.prop_map(|chosen| chosen.into_iter().map(|(change, at)| (&CHANGES[change], at)).collect());
    let same = prop_oneof![4 => Just(true), 1 => Just(false)];
    (kinds(), kinds(), same, 0..=3_usize, changes).prop_map(|(authorities, leaf, same, intermediates, changes)| Plan {
        authorities,
        leaf: if same { authorities } else { leaf },
        intermediates,
        changes,
    })
}

fn recipe(plan: &Plan) -> Recipe {
    let mut recipe =
        Recipe::with_intermediates("world.f45a2", KeySource::Seeded(1), plan.authorities, AT, plan.intermediates);
    recipe.client.key = plan.leaf;
    plan.changes.iter().for_each(|(change, at)| (change.put)(&mut recipe, *at));
    recipe
}

/// The least plan that shows a difference of the same kind.
fn simplify(tree: &mut impl ValueTree<Value = Plan>, street: &Street, pair: Pair, mut what: String) -> (Plan, String) {
    const STEPS: usize = 200;
    let mut least = tree.current();
    let mut is_simpler = tree.simplify();
    for _ in 0..STEPS {
        if !is_simpler {
            break;
        }
        let plan = tree.current();
        let judged = street.judge(&[recipe(&plan)]).pop().flatten();
        let same = judged.and_then(|judged| judged.differences().into_iter().find(|(other, _)| *other == pair));
        is_simpler = match same {
            Some((_, text)) => {
                (least, what) = (plan, text);
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    (least, what)
}

/// What three judges say of one world: where its client is refused, if it is.
struct Judged {
    recipe: Recipe,
    model: Option<(Stage, Alert)>,
    rules: Option<Stage>,
    wire: Option<(Stage, Option<Alert>)>,
    client: Seen,
}

impl Judged {
    fn differences(&self) -> Vec<(Pair, String)> {
        let mut differences = Vec::new();
        let model = self.model.map(|(stage, alert)| (stage, Some(alert)));
        let fits = match model {
            None => self.client == Seen::Served,
            Some((_, alert)) => alert.is_some_and(|alert| self.client == Seen::Alert(alert)),
        };
        if model != self.wire || !fits {
            let what = format!("model {:?}, wire {:?}, and the client saw {}", self.model, self.wire, self.client);
            differences.push((Pair::ModelAndWire, what));
        }
        if self.rules != self.wire.map(|(stage, _)| stage) {
            differences.push((Pair::RulesAndWire, format!("rules {:?}, wire {:?}", self.rules, self.wire)));
        }
        differences
    }
}

static SERVER: LazyLock<ServerAuthority> =
    LazyLock::new(|| ServerAuthority::fresh("worlds", time::OffsetDateTime::now_utc()).unwrap());

/// A door to which worlds move, some hundred at a time, each as a namespace of its own.
struct Street {
    runtime: tokio::runtime::Runtime,
    door: FrontDoor,
    decisions: Arc<Mutex<HashMap<String, Decision>>>,
}

/// A world whose files are made.
struct House {
    recipe: Recipe,
    name: NamespaceName,
    rules: Option<Stage>,
    kit: Kit,
    client: Client,
}

impl Street {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let decisions = Arc::new(Mutex::new(HashMap::new()));
        let sink = {
            let decisions = decisions.clone();
            Arc::new(move |event| {
                if let Event::Decided(connection) = event {
                    decisions.lock().unwrap().insert(connection.server_name.unwrap_or_default(), connection.decision);
                }
            })
        };
        let mint = |names: &[String]| {
            let server = SERVER.issue(names, time::OffsetDateTime::now_utc()).unwrap();
            ServerIdentity::new(vec![server.certificate], server.key.pkcs8()).map_err(|error| error.to_string())
        };
        let plan = FrontDoor::to(World::default(), mint).clock(Clock::Fixed(AT)).records(sink);
        let door = runtime.block_on(plan.open()).unwrap();
        Self { runtime, door, decisions }
    }

    /// None for what cannot be made, such as MD5 by a key of P-256.
    fn judge(&self, recipes: &[Recipe]) -> Vec<Option<Judged>> {
        let houses: Vec<_> = recipes.par_iter().enumerate().map(|(number, recipe)| house(recipe, number)).collect();
        let houses: Vec<_> = houses.into_iter().map(|house| house.map(Arc::new)).collect();
        self.door.replace(World::of(houses.iter().flatten().map(|house| (house.name.clone(), &house.kit))));
        self.decisions.lock().unwrap().clear();
        let seen = self.runtime.block_on(self.knock(houses.iter().flatten().cloned().collect()));
        let judged = |house: Arc<House>| {
            let wire = match self.decisions.lock().unwrap().remove(&endpoint::host(&house.name)) {
                Some(Decision::Admitted) => None,
                Some(Decision::Refused(refusal)) => Some((refusal.stage, refusal.alert)),
                other => panic!("nothing was decided: {other:?}"),
            };
            Judged {
                model: model::judge(&house.recipe, &house.recipe, AT),
                rules: house.rules,
                wire,
                client: seen[&house.name].clone(),
                recipe: house.recipe.clone(),
            }
        };
        houses.into_iter().map(|house| house.map(judged)).collect()
    }

    /// What every client saw, once the door has decided about all of them.
    async fn knock(&self, houses: Vec<Arc<House>>) -> HashMap<NamespaceName, Seen> {
        let address = Loopback::try_from(self.door.address()).unwrap();
        let (count, houses) = (houses.len(), Arc::new(Mutex::new(houses)));
        let mut lanes = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let houses = houses.clone();
            lanes.spawn(async move {
                let mut seen = Vec::new();
                let next = || houses.lock().unwrap().pop();
                while let Some(house) = next() {
                    let host = endpoint::host(&house.name);
                    let attempt = Attempt { server_name: Sni::Name(host), calls: vec![Ask::describe(&house.name)] };
                    let (sight, _) = house.client.attempt(address, &attempt).await;
                    seen.push((house.name.clone(), sight.seen));
                }
                seen
            });
        }
        let seen = lanes.join_all().await.into_iter().flatten().collect();
        let decided = async {
            while self.decisions.lock().unwrap().len() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), decided).await.unwrap();
        seen
    }
}

fn house(recipe: &Recipe, number: usize) -> Option<House> {
    let name = format!("world-{number}.f45a2");
    let recipe = Recipe { namespace: name.clone(), ..recipe.clone() };
    let forged = recipe.forge().ok()?;
    let kit = Kit::read(&forged.files);
    let client = Client::new(Profile {
        identity: Some(ServerIdentity::new(forged.chain, forged.client_key.pkcs8()).unwrap()),
        roots: vec![SERVER.certificate.clone().into()],
        versions: Versions::Tls13,
        protocols: vec![b"h2".to_vec()],
        heeds_ca_names: false,
    });
    Some(House { name: name.parse().unwrap(), rules: predicted(&kit), kit, client: client.unwrap(), recipe })
}

/// The lowest stage at which a rule at error level breaks the connection; that of the chain where our stack cannot tell,
/// since the gate then lets nobody in.
fn predicted(kit: &Kit) -> Option<Stage> {
    let cases = rules::run(kit, &Terms::at(AT));
    let stages = cases.iter().filter_map(|case| match (&case.verdict, rules::find(case.topic.id)?.breaks) {
        (Verdict::Fail(_), Breaks::Connect(stage)) if case.topic.severity == Severity::Error => Some(stage),
        (Verdict::Skip(_), _) if case.topic.id == "chain-not-judged" => Some(Stage::Chain),
        _ => None,
    });
    stages.min()
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn change(name: &'static str, put: fn(&mut Recipe, usize)) -> Change {
    Change { name, put }
}

const SECOND: time::Duration = time::Duration::SECOND;

static CHANGES: &[Change] = &[
    change("CA expired", |recipe, at| ca(recipe, at).spec.not_after = AT - SECOND),
    change("CA expires now", |recipe, at| ca(recipe, at).spec.not_after = AT),
    change("CA begins now", |recipe, at| ca(recipe, at).spec.not_before = AT),
    change("CA is not yet valid", |recipe, at| ca(recipe, at).spec.not_before = AT + SECOND),
    change("CA is no CA", |recipe, at| ca(recipe, at).spec.basic_constraints = Some((false, None))),
    change("CA without basic constraints", |recipe, at| ca(recipe, at).spec.basic_constraints = None),
    change("CA allows nothing below it", |recipe, at| ca(recipe, at).spec.basic_constraints = Some((true, Some(0)))),
    change("CA allows one below it", |recipe, at| ca(recipe, at).spec.basic_constraints = Some((true, Some(1)))),
    change("CA allows three below it", |recipe, at| ca(recipe, at).spec.basic_constraints = Some((true, Some(3)))),
    change("CA may not sign", |recipe, at| ca(recipe, at).spec.key_usage = vec![KeyUsagePurpose::CrlSign]),
    change("CA without key usage", |recipe, at| ca(recipe, at).spec.key_usage = Vec::new()),
    change("CA signs alone", |recipe, at| ca(recipe, at).spec.key_usage = vec![KeyUsagePurpose::KeyCertSign]),
    change("CA for servers", |recipe, at| ca(recipe, at).spec.purposes = vec![Purpose::ServerAuth]),
    change("CA for clients", |recipe, at| ca(recipe, at).spec.purposes = vec![Purpose::ClientAuth]),
    change("CA for all", |recipe, at| ca(recipe, at).spec.purposes = vec![Purpose::ServerAuth, Purpose::Any]),
    change("CA with a critical extension", |recipe, at| unknown(&mut ca(recipe, at).spec)),
    change("CA damaged", |recipe, at| ca(recipe, at).spec.damage = Some(flip)),
    change("CA signed with SHA-1", |recipe, at| ca(recipe, at).spec.hash = Some(SigningHash::Sha1)),
    change("CA signed with SHA-512", |recipe, at| ca(recipe, at).spec.hash = Some(SigningHash::Sha512)),
    change("CA signed with MD5 by RSA", |recipe, at| {
        let issuer = ca(recipe, at).issuer;
        if ca(recipe, issuer).spec.key.is_rsa() {
            ca(recipe, at).spec.hash = Some(SigningHash::Md5);
        }
    }),
    change("CA permits the leaf's names", |recipe, at| {
        named(recipe, &["worker.orders.example"]);
        ca(recipe, at).spec.permitted_dns = vec!["other.example".to_owned(), "Orders.example".to_owned()];
    }),
    change("CA permits other names", |recipe, at| {
        named(recipe, &["worker.orders.example", "worker.other.example"]);
        ca(recipe, at).spec.permitted_dns = vec!["other.example".to_owned()];
    }),
    change("CA permits other names, and the leaf may have none", |recipe, at| {
        ca(recipe, at).spec.permitted_dns = vec!["other.example".to_owned()];
    }),
    change("CA permits what is below a dot", |recipe, at| {
        named(recipe, &["orders.example"]);
        ca(recipe, at).spec.permitted_dns = vec![".orders.example".to_owned()];
    }),
    change("CA excludes the leaf's names", |recipe, at| {
        named(recipe, &["Worker.Orders.Example"]);
        ca(recipe, at).spec.excluded_dns = vec!["orders.example".to_owned()];
    }),
    change("CA excludes other names", |recipe, at| {
        named(recipe, &["worker.orders.example", "borders.example"]);
        ca(recipe, at).spec.excluded_dns = vec!["other.example".to_owned(), "ders.example".to_owned()];
    }),
    change("CA excludes what a wildcard stands for", |recipe, at| {
        named(recipe, &["*.orders.example"]);
        ca(recipe, at).spec.excluded_dns = vec!["worker.orders.example".to_owned()];
    }),
    change("CA excludes every name", |recipe, at| {
        ca(recipe, at).spec.excluded_dns = vec![String::new()];
    }),
    change("CA has a name of its own", |recipe, at| ca(recipe, at).spec.dns = vec!["ca.orders.example".to_owned()]),
    change("CA sent or not", |recipe, at| ca(recipe, at).sent ^= true),
    change("CA in the bundle or not", |recipe, at| ca(recipe, at).in_bundle ^= true),
    change("CA in the bundle instead", |recipe, at| {
        let authority = ca(recipe, at);
        (authority.sent, authority.in_bundle) = (false, true);
    }),
    change("all in the bundle", |recipe, _| recipe.authorities.iter_mut().for_each(|ca| ca.in_bundle = true)),
    change("all sent", |recipe, _| recipe.authorities.iter_mut().for_each(|ca| ca.sent = true)),
    change("CA says another issuer", |recipe, at| {
        ca(recipe, at).issuer_name = Some(DistinguishedName::new().o("certproof").cn("nobody"));
    }),
    change("CA spells its issuer in capitals", |recipe, at| {
        let issuer = ca(recipe, at).issuer;
        let name = capitals(&ca(recipe, issuer).spec.subject);
        ca(recipe, at).issuer_name = Some(name);
    }),
    change("CA named as the next", |recipe, at| {
        let name = ca(recipe, at + 1).spec.subject.clone();
        ca(recipe, at).spec.subject = name;
    }),
    change("CA named as the next in capitals", |recipe, at| {
        let name = capitals(&ca(recipe, at + 1).spec.subject);
        ca(recipe, at).spec.subject = name;
    }),
    change("CA with the key of the next", |recipe, at| {
        let next = ca(recipe, at + 1).spec.clone();
        let spec = &mut ca(recipe, at).spec;
        if spec.key == next.key {
            spec.label = next.label;
        }
    }),
    change("CA signs itself", |recipe, at| {
        let at = at % recipe.authorities.len();
        recipe.authorities[at].issuer = at;
    }),
    change("root signed by one below it", |recipe, at| recipe.authorities[0].issuer = at % recipe.authorities.len()),
    change("authorities the other way round", |recipe, _| {
        let last = recipe.authorities.len() - 1;
        recipe.authorities.reverse();
        recipe.authorities.iter_mut().for_each(|ca| ca.issuer = last - ca.issuer);
        recipe.client_issuer = last - recipe.client_issuer;
    }),
    change("an unrelated root", |recipe, _| add(recipe, |spec| spec.label = "unrelated".to_owned())),
    change("an unrelated root that has expired", |recipe, _| {
        add(recipe, |spec| (spec.label, spec.not_after) = ("unrelated".to_owned(), AT - SECOND));
    }),
    change("a root of the same name", |recipe, at| {
        let name = ca(recipe, at).spec.subject.clone();
        add(recipe, |spec| (spec.label, spec.subject) = ("next root".to_owned(), name));
    }),
    change("an expired root of the same name", |recipe, at| {
        let name = ca(recipe, at).spec.subject.clone();
        add(recipe, |spec| {
            (spec.label, spec.subject, spec.not_after) = ("former root".to_owned(), name, AT - SECOND);
        });
    }),
    change("CA signed by another root as well", |recipe, at| {
        let again = ca(recipe, at).clone();
        add(recipe, |spec| spec.label = "cross root".to_owned());
        let issuer = recipe.authorities.len() - 1;
        recipe.authorities.push(Authority { issuer, issuer_name: None, in_bundle: false, sent: true, ..again });
    }),
    change("CA twice, once expired", |recipe, at| {
        let mut again = ca(recipe, at).clone();
        again.spec.not_after = AT - SECOND;
        let own = at % recipe.authorities.len();
        if again.issuer == own {
            again.issuer = recipe.authorities.len();
        }
        recipe.authorities.push(again);
    }),
    change("CA twice, once for servers", |recipe, at| {
        let mut again = ca(recipe, at).clone();
        again.spec.purposes = vec![Purpose::ServerAuth];
        recipe.authorities.push(again);
    }),
    change("leaf signed higher up", |recipe, at| recipe.client_issuer = at % recipe.authorities.len()),
    change("leaf expired", |recipe, _| recipe.client.not_after = AT - SECOND),
    change("leaf expires now", |recipe, _| recipe.client.not_after = AT),
    change("leaf begins now", |recipe, _| recipe.client.not_before = AT),
    change("leaf is not yet valid", |recipe, _| recipe.client.not_before = AT + SECOND),
    change("leaf is a CA", |recipe, _| recipe.client.basic_constraints = Some((true, None))),
    change("leaf without basic constraints", |recipe, _| recipe.client.basic_constraints = None),
    change("leaf may not sign", |recipe, _| recipe.client.key_usage = vec![KeyUsagePurpose::KeyEncipherment]),
    change("leaf may do more", |recipe, _| recipe.client.key_usage.push(KeyUsagePurpose::KeyEncipherment)),
    change("leaf without key usage", |recipe, _| recipe.client.key_usage = Vec::new()),
    change("leaf for servers", |recipe, _| recipe.client.purposes = vec![Purpose::ServerAuth]),
    change("leaf for both", |recipe, _| recipe.client.purposes.push(Purpose::ServerAuth)),
    change("leaf without purposes", |recipe, _| recipe.client.purposes = Vec::new()),
    change("leaf with a critical extension", |recipe, _| unknown(&mut recipe.client)),
    change("leaf damaged", |recipe, _| recipe.client.damage = Some(flip)),
    change("leaf signed with SHA-1", |recipe, _| recipe.client.hash = Some(SigningHash::Sha1)),
    change("leaf signed with SHA-384", |recipe, _| recipe.client.hash = Some(SigningHash::Sha384)),
    change("leaf signed with PSS by RSA", |recipe, _| {
        let issuer = recipe.client_issuer;
        if ca(recipe, issuer).spec.key.is_rsa() {
            recipe.client.hash = Some(SigningHash::PssSha256);
        }
    }),
    change("leaf named as a CA", |recipe, at| recipe.client.subject = ca(recipe, at).spec.subject.clone()),
    change("leaf named as a CA in capitals", |recipe, at| {
        recipe.client.subject = capitals(&ca(recipe, at).spec.subject);
    }),
    change("leaf with the key of a CA", |recipe, at| {
        let spec = ca(recipe, at).spec.clone();
        if spec.key == recipe.client.key {
            recipe.client.label = spec.label;
        }
    }),
    change("leaf with names", |recipe, _| named(recipe, &["worker.orders.example", "other.example"])),
    change("leaf with a mail address", |recipe, _| recipe.client.email = vec!["ada@orders.example".to_owned()]),
    change("leaf with units", |recipe, _| {
        recipe.client.subject = recipe.client.subject.clone().ou("payments").ou("Workers");
    }),
    change("client with a foreign key", |recipe, _| recipe.client_key = ClientKey::Foreign),
    change("client with another foreign key", |recipe, _| recipe.client_key = ClientKey::Foreign),
    change("no filter in the file", |recipe, _| recipe.filters = Some(Vec::new())),
    change("filter by the common name", |recipe, _| filter(recipe, &[(Field::CommonName, "WORLD.f45A2")])),
    change("filter by a start", |recipe, _| filter(recipe, &[(Field::CommonName, "World.*")])),
    change("filter by an end", |recipe, _| filter(recipe, &[(Field::SubjectAlternativeName, "*.EXAMPLE")])),
    change("filter by two fields", |recipe, _| {
        filter(recipe, &[(Field::CommonName, "world*"), (Field::Organization, "CERTPROOF")]);
    }),
    change("filter by a field too many", |recipe, _| {
        filter(recipe, &[(Field::CommonName, "world*"), (Field::OrganizationalUnit, "workers")]);
    }),
    change("filter by part of a name", |recipe, _| filter(recipe, &[(Field::CommonName, "world")])),
    change("filter by another name", |recipe, _| filter(recipe, &[(Field::CommonName, "ledger*")])),
    change("filter by another organization", |recipe, _| filter(recipe, &[(Field::Organization, "*corp")])),
];

fn ca(recipe: &mut Recipe, at: usize) -> &mut Authority {
    let count = recipe.authorities.len();
    &mut recipe.authorities[at % count]
}

fn unknown(spec: &mut Spec) {
    spec.critical = vec![(vec![1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0])];
}

/// Breaks the signature and nothing else: its value comes last.
fn flip(mut certificate: Vec<u8>) -> Vec<u8> {
    if let Some(last) = certificate.last_mut() {
        *last ^= 1;
    }
    certificate
}

fn capitals(name: &DistinguishedName) -> DistinguishedName {
    name.map(StringType::Usual, str::to_uppercase)
}

fn named(recipe: &mut Recipe, names: &[&str]) {
    recipe.client.dns = names.iter().map(|name| (*name).to_owned()).collect();
}

/// Puts a root of P-256 into the bundle.
fn add(recipe: &mut Recipe, edit: impl FnOnce(&mut Spec)) {
    let name = DistinguishedName::new().o("certproof").cn("Unrelated Root");
    let mut spec = Spec::authority("", name, KeyKind::P256, AT);
    edit(&mut spec);
    let issuer = recipe.authorities.len();
    recipe.authorities.push(Authority { issuer, ..Authority::root(spec) });
}

fn filter(recipe: &mut Recipe, fields: &[(Field, &str)]) {
    let fields = fields.iter().map(|(field, pattern)| (*field, (*pattern).to_owned())).collect();
    recipe.filters.get_or_insert_default().push(fields);
}

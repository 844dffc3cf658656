//! The product: a good client at each of some namespaces, and all that differ from it in one, two or three ways.
//!
//! A client with many faults shows the first of them only, since the lowest stage wins. So what is varied stands beside
//! what is good: every pair of alternatives at one namespace, each alternative alone at the others. `full` takes every
//! pair at all of them, and every triple at those that differ most. What must come of it says the reference model, see [`super::model`].

use std::borrow::Cow;

use time::Duration;
use time::OffsetDateTime;

use super::MatrixError;
use super::cell::{Cell, traits};
use super::homes::*;
use super::model;
use super::request::OWN;
use super::scenario::{
    Course, Credential, Header, Home, KeyExchange, NameSent, Part, Protocols, Request, Scenario, Ticket, Tls, Trust,
    Variation,
};
use super::scenarios::GOOD;
use crate::cloud::world::Authentication;
use crate::forge::issue::{DistinguishedName, KeyUsagePurpose, Purpose};
use crate::forge::recipe::ClientKey;
use crate::forge::{KeyKind, Recipe};

/// How much of the product is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All pairs at the first namespace, every alternative alone at the others.
    Sampled,
    /// All pairs everywhere, and at the first four namespaces all triples.
    Full,
}

/// Namespaces whose good client is varied; the first one most.
static BASES: &[&Home] =
    &[&ORDERS, &PAYMENTS, &BILLING, &LEDGER, &ORDERS_ABROAD, &DIRECT, &P384, &RSA2048, &EXPIRED_ROOT];

/// Something that is varied, and the ways in which it may differ from a good client's.
struct Dimension {
    name: &'static str,
    alternatives: &'static [Alternative],
}

/// One way.
struct Alternative {
    name: &'static str,
    /// False where it makes no sense beside what was put before it.
    put: fn(&mut Scenario) -> bool,
}

const fn way(name: &'static str, put: fn(&mut Scenario) -> bool) -> Alternative {
    Alternative { name, put }
}

/// In this order they are put, so that a later one may look at an earlier one.
static DIMENSIONS: &[Dimension] = &[
    Dimension {
        name: "client chain",
        alternatives: &[
            way("no-certificate", |scenario| {
                scenario.credential = Credential::Nothing;
                asks_for_certificates(scenario)
            }),
            way("foreign-ca", |scenario| {
                scenario.credential = Credential::Of(&STRANGER);
                asks_for_certificates(scenario)
            }),
            way("shippings-client", |scenario| {
                scenario.credential = Credential::Of(&SHIPPING);
                asks_for_certificates(scenario)
            }),
            way("leaf-expired", |scenario| varied(scenario, &LEAF_EXPIRED)),
            way("leaf-early", |scenario| varied(scenario, &LEAF_EARLY)),
            way("leaf-for-servers", |scenario| varied(scenario, &LEAF_FOR_SERVERS)),
            way("leaf-is-ca", |scenario| varied(scenario, &LEAF_IS_CA)),
            way("leaf-cannot-sign", |scenario| varied(scenario, &LEAF_CANNOT_SIGN)),
            way("leaf-bare", |scenario| varied(scenario, &LEAF_BARE)),
            way("leaf-renamed", |scenario| varied(scenario, &LEAF_RENAMED)),
            way("leaf-named-as-root", |scenario| varied(scenario, &LEAF_NAMED_AS_ROOT)),
            way("leaf-damaged", |scenario| varied(scenario, &LEAF_DAMAGED)),
            way("key-of-another", |scenario| varied(scenario, &KEY_OF_ANOTHER)),
            way("intermediate-unsent", |scenario| below_intermediates(scenario, &INTERMEDIATE_UNSENT)),
            way("intermediate-expired", |scenario| below_intermediates(scenario, &INTERMEDIATE_EXPIRED)),
            way("intermediate-no-ca", |scenario| below_intermediates(scenario, &INTERMEDIATE_NO_CA)),
            way("intermediate-no-sign", |scenario| below_intermediates(scenario, &INTERMEDIATE_NO_SIGN)),
            way("intermediate-for-servers", |scenario| below_intermediates(scenario, &INTERMEDIATE_FOR_SERVERS)),
        ],
    },
    Dimension {
        name: "key",
        alternatives: &[
            way("p256", |scenario| keyed(scenario, KeyKind::P256)),
            way("p384", |scenario| keyed(scenario, KeyKind::P384)),
            way("p521", |scenario| keyed(scenario, KeyKind::P521)),
            way("rsa2048", |scenario| keyed(scenario, KeyKind::Rsa2048)),
            way("rsa4096", |scenario| keyed(scenario, KeyKind::Rsa4096)),
            way("ed25519", |scenario| keyed(scenario, KeyKind::Ed25519)),
        ],
    },
    Dimension {
        name: "TLS",
        alternatives: &[way("tls12", |scenario| {
            scenario.tls = Tls::V12;
            true
        })],
    },
    Dimension {
        name: "ALPN",
        alternatives: &[
            way("alpn-both", |scenario| {
                scenario.protocols = Protocols::Both;
                true
            }),
            way("alpn-http11", |scenario| {
                scenario.protocols = Protocols::Http11;
                true
            }),
            way("alpn-none", |scenario| {
                scenario.protocols = Protocols::Nothing;
                true
            }),
        ],
    },
    Dimension {
        name: "key exchange",
        alternatives: &[
            way("x25519", |scenario| {
                scenario.key_exchange = KeyExchange::X25519;
                true
            }),
            way("secp256r1", |scenario| {
                scenario.key_exchange = KeyExchange::P256;
                true
            }),
            way("secp384r1", |scenario| {
                scenario.key_exchange = KeyExchange::P384;
                true
            }),
            // TLS 1.2 knows no hybrids: such a client could not even be made.
            way("mlkem768", |scenario| {
                scenario.key_exchange = KeyExchange::X25519MlKem768;
                scenario.tls == Tls::V13
            }),
        ],
    },
    Dimension {
        name: "server name",
        alternatives: &[
            way("sni-upper", |scenario| {
                scenario.server_name = NameSent::UpperCase;
                true
            }),
            way("sni-none", |scenario| {
                scenario.server_name = NameSent::Absent;
                true
            }),
            way("sni-ip", |scenario| {
                scenario.server_name = NameSent::IpLiteral;
                true
            }),
            way("sni-nobody", |scenario| {
                scenario.server_name = NameSent::Text("nobody.f45a2.tmprl.cloud");
                true
            }),
            way("sni-shipping", |scenario| {
                scenario.server_name = NameSent::Text("shipping.f45a2.tmprl.cloud");
                true
            }),
            way("sni-oregon", |scenario| {
                scenario.server_name = NameSent::Text("us-west-2.aws.api.temporal.io");
                true
            }),
            way("sni-frankfurt", |scenario| {
                scenario.server_name = NameSent::Text("eu-central-1.aws.api.temporal.io");
                true
            }),
            way("sni-ohio", |scenario| {
                scenario.server_name = NameSent::Text("us-east-2.aws.api.temporal.io");
                true
            }),
        ],
    },
    Dimension {
        name: "dialled",
        alternatives: &[
            way("path-oregon", |scenario| {
                scenario.path = Some(OREGON);
                true
            }),
            way("path-frankfurt", |scenario| {
                scenario.path = Some(FRANKFURT);
                true
            }),
        ],
    },
    Dimension {
        name: "server CA",
        alternatives: &[way("server-untrusted", |scenario| {
            scenario.trust = Trust::Stranger;
            true
        })],
    },
    Dimension {
        name: "API key",
        alternatives: &[
            way("key-none", |scenario| shows(scenario, &[])),
            way("key-ledgers", |scenario| shows(scenario, &["Bearer ledger-key"])),
            way("key-billings", |scenario| shows(scenario, &["Bearer billing-key"])),
            way("key-orders", |scenario| shows(scenario, &["Bearer orders-key"])),
            way("key-wide", |scenario| shows(scenario, &["Bearer wide-key"])),
            way("key-expired", |scenario| shows(scenario, &["Bearer expired-key"])),
            way("key-disabled", |scenario| shows(scenario, &["Bearer disabled-key"])),
            way("key-unknown", |scenario| shows(scenario, &["Bearer made-up"])),
            way("key-basic", |scenario| shows(scenario, &["Basic bGVkZ2Vy"])),
        ],
    },
    Dimension {
        name: "request",
        alternatives: &[
            way("header-shipping", |scenario| {
                scenario.request = Request { header: Header::Lines(&["shipping.f45a2"]), ..OWN };
                true
            }),
            way("header-none", |scenario| {
                scenario.request = Request { header: Header::Lines(&[]), ..OWN };
                true
            }),
            way("header-two", |scenario| {
                scenario.request = Request { header: Header::Lines(&["orders.f45a2", "shipping.f45a2"]), ..OWN };
                true
            }),
            way("body-shipping", |scenario| {
                scenario.request = Request { body: &[Part::Text(1, "shipping.f45a2")], ..OWN };
                true
            }),
            way("body-none", |scenario| {
                scenario.request = Request { body: &[], ..OWN };
                true
            }),
            way("authority-shipping", |scenario| {
                scenario.request = Request { authority: Some("shipping.f45a2.tmprl.cloud"), ..OWN };
                true
            }),
        ],
    },
    Dimension {
        name: "course",
        alternatives: &[
            way("ticket", |scenario| {
                scenario.course = Course::Ticket(Ticket::Held);
                can_hold_a_ticket(scenario)
            }),
            way("early-data", |scenario| {
                scenario.course = Course::Early(Ticket::Held);
                can_hold_a_ticket(scenario)
            }),
            way("reused", |scenario| {
                scenario.course = Course::Reused;
                is_answered_otherwise(scenario)
            }),
        ],
    },
];

/// A ticket comes from a server that the client trusts, over a protocol that both speak.
fn can_hold_a_ticket(scenario: &Scenario) -> bool {
    scenario.tls == Tls::V13 && scenario.trust == Trust::Right && scenario.protocols != Protocols::Http11
}

fn asks_for_certificates(scenario: &Scenario) -> bool {
    scenario.home.authentication.takes_certificates()
}

fn varied(scenario: &mut Scenario, variation: &'static Variation) -> bool {
    scenario.credential = Credential::Varied(variation, scenario.home.key);
    asks_for_certificates(scenario)
}

fn below_intermediates(scenario: &mut Scenario, variation: &'static Variation) -> bool {
    varied(scenario, variation) && scenario.home.intermediates > 0
}

/// Another kind than the good client's.
fn keyed(scenario: &mut Scenario, kind: KeyKind) -> bool {
    let variation = match &scenario.credential {
        Credential::Own => &UNVARIED,
        Credential::Varied(variation, _) => variation,
        _ => return false,
    };
    scenario.credential = Credential::Varied(variation, kind);
    kind != scenario.home.key
}

/// Another key than the good client's.
fn shows(scenario: &mut Scenario, keys: &'static [&'static str]) -> bool {
    std::mem::replace(&mut scenario.keys, keys) != keys
}

/// On a reused connection the calls before and behind are answered, so that only the call in between may be wrong.
fn is_answered_otherwise(scenario: &Scenario) -> bool {
    let plain = Scenario { request: OWN, course: Course::Once, ..scenario.clone() };
    scenario.home.authentication.takes_certificates()
        && matches!(plain.credential, Credential::Own)
        && plain.tls == Tls::V13
        && matches!(plain.protocols, Protocols::H2 | Protocols::Both)
        && matches!(plain.server_name, NameSent::Endpoint | NameSent::UpperCase)
        && plain.path.is_none()
        && plain.trust == Trust::Right
        && !matches!(plain.home.namespace, "expired-root.f45a2")
}

static UNVARIED: Variation = Variation { name: "own", edit: |_| () };
static LEAF_EXPIRED: Variation = Variation {
    name: "leaf-expired",
    edit: |recipe| recipe.client.not_after = recipe.client.not_before + Duration::hours(12),
};
static LEAF_EARLY: Variation =
    Variation { name: "leaf-early", edit: |recipe| recipe.client.not_before += 31 * Duration::DAY };
static LEAF_FOR_SERVERS: Variation =
    Variation { name: "leaf-for-servers", edit: |recipe| recipe.client.purposes = vec![Purpose::ServerAuth] };
static LEAF_IS_CA: Variation =
    Variation { name: "leaf-is-ca", edit: |recipe| recipe.client.basic_constraints = Some((true, None)) };
static LEAF_CANNOT_SIGN: Variation = Variation {
    name: "leaf-cannot-sign",
    edit: |recipe| recipe.client.key_usage = vec![KeyUsagePurpose::KeyEncipherment],
};
static LEAF_BARE: Variation = Variation {
    name: "leaf-bare",
    edit: |recipe| {
        recipe.client.basic_constraints = None;
        recipe.client.key_usage.clear();
        recipe.client.purposes.clear();
    },
};
static LEAF_RENAMED: Variation = Variation {
    name: "leaf-renamed",
    edit: |recipe| recipe.client.subject = DistinguishedName::new().o("somebody").cn("else"),
};
static LEAF_NAMED_AS_ROOT: Variation = Variation {
    name: "leaf-named-as-root",
    edit: |recipe| recipe.client.subject = recipe.authorities[0].spec.subject.clone(),
};
static LEAF_DAMAGED: Variation =
    Variation { name: "leaf-damaged", edit: |recipe| recipe.client.damage = Some(flip_last_bit) };
static KEY_OF_ANOTHER: Variation =
    Variation { name: "key-of-another", edit: |recipe| recipe.client_key = ClientKey::Foreign };
static INTERMEDIATE_UNSENT: Variation =
    Variation { name: "intermediate-unsent", edit: |recipe| intermediates(recipe, |authority| authority.sent = false) };
static INTERMEDIATE_EXPIRED: Variation = Variation {
    name: "intermediate-expired",
    edit: |recipe| intermediates(recipe, |ca| ca.spec.not_after = ca.spec.not_before + Duration::hours(12)),
};
static INTERMEDIATE_NO_CA: Variation = Variation {
    name: "intermediate-no-ca",
    edit: |recipe| intermediates(recipe, |ca| ca.spec.basic_constraints = Some((false, None))),
};
static INTERMEDIATE_NO_SIGN: Variation = Variation {
    name: "intermediate-no-sign",
    edit: |recipe| intermediates(recipe, |ca| ca.spec.key_usage = vec![KeyUsagePurpose::CrlSign]),
};
static INTERMEDIATE_FOR_SERVERS: Variation = Variation {
    name: "intermediate-for-servers",
    edit: |recipe| intermediates(recipe, |ca| ca.spec.purposes = vec![Purpose::ServerAuth]),
};

fn intermediates(recipe: &mut Recipe, edit: impl Fn(&mut crate::forge::recipe::Authority)) {
    recipe.authorities.iter_mut().skip(1).for_each(edit);
}

/// Of the signature, which stands at the end of a certificate.
fn flip_last_bit(mut der: Vec<u8>) -> Vec<u8> {
    if let Some(last) = der.last_mut() {
        *last ^= 1;
    }
    der
}

/// The good client of a namespace.
fn base(home: &'static Home) -> Scenario {
    let good = Scenario {
        id: "product",
        title: "a client that differs from a good one in the ways that its id names",
        docs: "Expected is what the reference model says, which reads recipes and what the client means to do.",
        home,
        ..GOOD
    };
    match home.authentication {
        Authentication::ApiKey => Scenario { credential: Credential::Nothing, keys: &["Bearer ledger-key"], ..good },
        Authentication::Mtls | Authentication::Both => good,
    }
}

/// The cells of the product, in an order that never changes.
///
/// # Errors
/// When a recipe of the matrix cannot be made.
pub fn cells(extent: Extent, at: OffsetDateTime) -> Result<Vec<Cell>, MatrixError> {
    let mut cells = Vec::new();
    for (number, home) in BASES.iter().copied().enumerate() {
        let most = match (extent, number) {
            (Extent::Full, 0..=3) => 3,
            (Extent::Full, _) => 2,
            (Extent::Sampled, 0) => 2,
            (Extent::Sampled, _) => 1,
        };
        vary(&mut cells, &base(home), &mut Vec::new(), 0, most, at)?;
    }
    Ok(cells)
}

/// A choice: a dimension by number, and an alternative by number.
type Choice = (usize, usize);

fn vary(
    cells: &mut Vec<Cell>,
    good: &Scenario,
    chosen: &mut Vec<Choice>,
    from: usize,
    most: usize,
    at: OffsetDateTime,
) -> Result<(), MatrixError> {
    if let Some(cell) = cell(good, chosen, at)? {
        cells.push(cell);
    } else {
        return Ok(());
    }
    if chosen.len() == most {
        return Ok(());
    }
    for (number, dimension) in DIMENSIONS.iter().enumerate().skip(from) {
        for alternative in 0..dimension.alternatives.len() {
            chosen.push((number, alternative));
            vary(cells, good, chosen, number + 1, most, at)?;
            chosen.pop();
        }
    }
    Ok(())
}

/// None where the choice makes no sense.
fn cell(good: &Scenario, chosen: &[Choice], at: OffsetDateTime) -> Result<Option<Cell>, MatrixError> {
    let mut scenario = good.clone();
    let ways: Vec<_> = chosen.iter().map(|(dimension, way)| &DIMENSIONS[*dimension].alternatives[*way]).collect();
    if !ways.iter().all(|way| (way.put)(&mut scenario)) {
        return Ok(None);
    }
    let predicted = model::predict(&scenario, at)?;
    scenario.expect = predicted.expect;
    scenario.verifier_runs = predicted.verifier_runs;
    let names: Vec<_> = ways.iter().map(|way| way.name).collect();
    let names = if names.is_empty() { "good".to_owned() } else { names.join("+") };
    let mut traits = traits(&scenario);
    for (dimension, way) in chosen.iter().zip(&ways) {
        let name = DIMENSIONS[dimension.0].name;
        // The others speak for themselves.
        if let Some(known) = traits.iter_mut().find(|(known, _)| *known == name).filter(|_| name == "request") {
            known.1 = way.name;
        }
    }
    let id = format!("{}:{names}", scenario.home.namespace).into();
    Ok(Some(Cell { id, scenario: Cow::Owned(scenario), traits }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::macros::datetime;

    use super::super::cell::key_name;
    use super::*;

    const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);

    #[test]
    fn the_product_has_a_thousand_cells_and_in_full_less_than_a_hundred_thousand() {
        let sampled = cells(Extent::Sampled, AT).unwrap();
        let full = cells(Extent::Full, AT).unwrap();
        assert!((1_000..3_000).contains(&sampled.len()), "{}", sampled.len());
        assert!((20_000..100_000).contains(&full.len()), "{}", full.len());
        for cells in [&sampled, &full] {
            let ids: BTreeSet<_> = cells.iter().map(|cell| &cell.id).collect();
            assert_eq!(ids.len(), cells.len(), "an id stands for one cell");
        }
    }

    #[test]
    fn every_alternative_has_a_name_of_its_own() {
        let names = || DIMENSIONS.iter().flat_map(|dimension| dimension.alternatives).map(|way| way.name);
        assert_eq!(names().collect::<BTreeSet<_>>().len(), names().count());
        assert!(names().all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')));
    }

    #[test]
    fn the_product_knows_every_kind_of_outcome() {
        use super::super::scenario::Expect;
        use crate::cloud::Stage;
        let cells = cells(Extent::Sampled, AT).unwrap();
        for stage in Stage::ALL.into_iter().filter(|stage| *stage != Stage::Call) {
            let refused = |cell: &Cell| matches!(cell.scenario.expect, Expect::Refuse(at, _) if at == stage);
            assert!(cells.iter().any(refused), "nobody is refused at {stage}");
        }
        assert!(cells.iter().any(|cell| matches!(cell.scenario.expect, Expect::Answer(..))));
        assert!(cells.iter().filter(|cell| cell.scenario.expect == Expect::Admit).count() > 100);
    }

    #[test]
    fn a_key_is_named_in_every_cell() {
        let cells = cells(Extent::Sampled, AT).unwrap();
        let keys: BTreeSet<_> = cells.iter().flat_map(|cell| &cell.traits).filter(|(name, _)| *name == "key").collect();
        assert!(keys.len() >= 6, "{keys:?}");
        assert!(keys.contains(&("key", key_name(KeyKind::P521))));
    }
}

//! The namespaces of the matrix's world, and the API keys that reach them.

use time::Duration;

use super::scenario::{Home, Key, KeyState, Shape};
use crate::cloud::world::Authentication;
use crate::forge::KeyKind;
use crate::forge::issue::DistinguishedName;

const fn home(namespace: &'static str, key: KeyKind, intermediates: usize) -> Home {
    Home { namespace, key, intermediates, shape: Shape::Good, region: None, authentication: Authentication::Mtls }
}

const fn flawed(namespace: &'static str, flaw: &'static str) -> Home {
    Home { shape: Shape::Flawed(flaw), ..home(namespace, KeyKind::P256, 1) }
}

const fn regional(namespace: &'static str, region: &'static str, authentication: Authentication) -> Home {
    Home { region: Some(region), authentication, ..home(namespace, KeyKind::P256, 1) }
}

pub const OREGON: &str = "aws-us-west-2";
pub const FRANKFURT: &str = "aws-eu-central-1";

pub static ORDERS: Home = regional("orders.f45a2", OREGON, Authentication::Mtls);
pub static ORDERS_ABROAD: Home = home("orders.9k3zq", KeyKind::P256, 1);
pub static SHIPPING: Home = regional("shipping.f45a2", FRANKFURT, Authentication::Mtls);
pub static LEDGER: Home = regional("ledger.f45a2", OREGON, Authentication::ApiKey);
pub static ARCHIVE: Home = regional("archive.f45a2", FRANKFURT, Authentication::ApiKey);
pub static BILLING: Home = regional("billing.f45a2", OREGON, Authentication::Both);
pub static DIRECT: Home = home("direct.f45a2", KeyKind::P256, 0);
pub static P256_DEEP: Home = home("p256-deep.9k3zq", KeyKind::P256, 3);
pub static P384: Home = home("p384.9k3zq", KeyKind::P384, 1);
pub static P384_DEEP: Home = home("p384-deep.9k3zq", KeyKind::P384, 3);
pub static RSA2048: Home = home("rsa2048.9k3zq", KeyKind::Rsa2048, 1);
pub static RSA2048_DEEP: Home = home("rsa2048-deep.9k3zq", KeyKind::Rsa2048, 3);
pub static RSA4096: Home = home("rsa4096.9k3zq", KeyKind::Rsa4096, 1);
pub static RSA4096_DEEP: Home = home("rsa4096-deep.9k3zq", KeyKind::Rsa4096, 3);
pub static SIXTEEN_DEEP: Home = home("sixteen-deep.9k3zq", KeyKind::P256, 15);
/// Filters admit its own client's common name.
pub static PAYMENTS: Home = Home {
    shape: Shape::Edited(|recipe| {
        use crate::cloud::filter::Field;
        recipe.filters = Some(vec![
            vec![(Field::CommonName, "payments.*".to_owned()), (Field::Organization, "CERTPROOF".to_owned())],
            vec![(Field::CommonName, "somebody-else".to_owned())],
        ]);
    }),
    ..home("payments.f45a2", KeyKind::P256, 1)
};
/// Of the same CA as payments; only the filters keep them apart.
pub static REFUNDS: Home = Home {
    shape: Shape::Sharing(&PAYMENTS, |recipe| {
        use crate::cloud::filter::Field;
        recipe.client.subject = DistinguishedName::new().o("certproof").cn("refunds.f45a2");
        recipe.filters = Some(vec![vec![(Field::CommonName, "refunds.*".to_owned())]]);
    }),
    ..home("refunds.f45a2", KeyKind::P256, 1)
};
/// Filters admit a unit, or a name of a domain.
pub static AUDIT: Home = Home {
    shape: Shape::Edited(|recipe| {
        use crate::cloud::filter::Field;
        let subject = DistinguishedName::new().o("certproof").ou("Development").ou("Operations");
        recipe.client.subject = subject.cn("audit.f45a2");
        recipe.filters = Some(vec![
            vec![(Field::OrganizationalUnit, "operations".to_owned())],
            vec![(Field::SubjectAlternativeName, "*.audit.example".to_owned())],
        ]);
    }),
    ..home("audit.f45a2", KeyKind::P256, 1)
};
pub static EXPIRED_ROOT: Home = flawed("expired-root.f45a2", "ca-expired");
pub static FUTURE_ROOT: Home = flawed("future-root.f45a2", "ca-not-yet-valid");
pub static ROOT_NO_CA: Home = flawed("root-no-ca.f45a2", "ca-not-ca");
pub static ROOT_BARE: Home = flawed("root-bare.f45a2", "ca-basic-constraints-absent");
pub static ROOT_NO_SIGN: Home = flawed("root-no-sign.f45a2", "ca-cert-sign-missing");
pub static ROOT_SHORT_PATH: Home = flawed("short-path.f45a2", "chain-path-too-long");
pub static ROOT_CONSTRAINED: Home = flawed("constrained.f45a2", "chain-name-constrained");
pub static TWO_ROOTS_ONE_NAME: Home = flawed("rollover.f45a2", "bundle-same-name");
/// Its bundle holds the intermediate alone.
pub static ROOT_MISSING: Home = Home {
    shape: Shape::Edited(|recipe| {
        recipe.authorities[0].in_bundle = false;
        recipe.authorities[1].in_bundle = true;
    }),
    ..home("root-missing.f45a2", KeyKind::P256, 1)
};
/// Its leaf expires an hour after the run starts.
pub static BRIEF: Home = Home {
    shape: Shape::Edited(|recipe| recipe.client.not_after = recipe.client.not_before + Duration::hours(25)),
    ..home("brief.f45a2", KeyKind::P256, 1)
};
/// In an account whose server certificate names another host.
pub static MISNAMED: Home = home("orders.misnm", KeyKind::P256, 1);
/// In no world.
pub static STRANGER: Home = home("orders.zzzzz", KeyKind::P256, 1);

/// The account of which the door has a server certificate for [`OTHER_HOST`] only.
pub const MISNAMED_ACCOUNT: &str = "misnm";
pub const OTHER_HOST: &str = "vpce-0123.vpce.example";

/// Every namespace that the door serves.
pub static WORLD: &[&Home] = &[
    &ORDERS,
    &ORDERS_ABROAD,
    &SHIPPING,
    &LEDGER,
    &ARCHIVE,
    &BILLING,
    &DIRECT,
    &P256_DEEP,
    &P384,
    &P384_DEEP,
    &RSA2048,
    &RSA2048_DEEP,
    &RSA4096,
    &RSA4096_DEEP,
    &SIXTEEN_DEEP,
    &PAYMENTS,
    &REFUNDS,
    &AUDIT,
    &EXPIRED_ROOT,
    &FUTURE_ROOT,
    &ROOT_NO_CA,
    &ROOT_BARE,
    &ROOT_NO_SIGN,
    &ROOT_SHORT_PATH,
    &ROOT_CONSTRAINED,
    &TWO_ROOTS_ONE_NAME,
    &ROOT_MISSING,
    &BRIEF,
    &MISNAMED,
];

/// Every API key that the door knows. The secrets open nothing else.
pub static KEYS: &[Key] = &[
    Key { secret: "ledger-key", namespaces: &["ledger.f45a2"], state: KeyState::Holds },
    Key { secret: "archive-key", namespaces: &["archive.f45a2"], state: KeyState::Holds },
    Key { secret: "billing-key", namespaces: &["billing.f45a2"], state: KeyState::Holds },
    Key { secret: "orders-key", namespaces: &["orders.f45a2"], state: KeyState::Holds },
    Key { secret: "wide-key", namespaces: &["ledger.f45a2", "billing.f45a2", "archive.f45a2"], state: KeyState::Holds },
    Key { secret: "expired-key", namespaces: &["ledger.f45a2"], state: KeyState::Expired },
    Key { secret: "disabled-key", namespaces: &["ledger.f45a2"], state: KeyState::Disabled },
];

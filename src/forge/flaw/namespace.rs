//! Faults of the namespace as the user writes it.

use super::edits::PLAIN;
use super::{Edit, Flaw, Wire};

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "namespace-without-account",
        title: "the namespace is given without its account",
        ground: PLAIN,
        edit: Edit::Files(|files| files.namespace = Some("orders".to_owned())),
        company: &[],
        wire: Wire::NotTried("a front door has no namespace of that name"),
    },
    Flaw {
        id: "namespace-invalid",
        title: "the namespace has an underscore",
        ground: PLAIN,
        edit: Edit::Files(|files| files.namespace = Some("order_items.f45a2".to_owned())),
        company: &[],
        wire: Wire::NotTried("a front door has no namespace of that name"),
    },
    Flaw {
        id: "namespace-upper-case",
        title: "the namespace has an upper-case letter",
        ground: PLAIN,
        edit: Edit::Files(|files| files.namespace = Some("Orders.f45a2".to_owned())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "namespace-long",
        title: "the namespace name has 42 characters",
        ground: PLAIN,
        edit: Edit::Files(|files| files.namespace = Some(format!("{}.f45a2", "orders".repeat(7)))),
        company: &[],
        wire: Wire::Admitted,
    },
];

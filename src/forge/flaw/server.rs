//! Faults of what the client judges servers by.

use super::edits::PLAIN;
use super::files::named;
use super::{Edit, Flaw, Wire};
use crate::cloud::Stage;

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "server-root-is-client-ca",
        title: "the client judges servers by its own CA",
        ground: PLAIN,
        edit: Edit::Files(|files| files.server_root = files.bundle.clone().map(|file| named("server-root.pem", file))),
        company: &["server-root-replaces-public"],
        wire: Wire::Refused(Stage::Trust),
    },
    Flaw {
        id: "server-root-replaces-public",
        title: "the client judges servers by one root, instead of public ones",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            // Any certificate that is neither a public root nor in the bundle: here the client's own.
            files.server_root = files.client.clone().map(|file| named("server-root.pem", file));
        }),
        company: &[],
        wire: Wire::NotTried("the front door's certificate is signed by no public CA"),
    },
];

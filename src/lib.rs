//! certproof: will Temporal Cloud take this CA bundle, and will this client get into this namespace?
//!
//! The rooms, lowest first; imports point only to lower rooms:
//!
//! * [`report`] ANSWERS: vocabulary and output formats. Invariant: imports no other room, a printer never filters.
//! * [`pki`] READING: PEM, certificates, names, keys, chains. Invariant: content never makes reading fail.
//! * [`cloud`] TEMPORAL: requirements, names, filters, stages, kits and worlds. Invariant: plain data, no I/O.
//! * [`readers`] SIMULATING: what other programs make of the same bytes. Invariant: a pure function, no verdict of ours.
//! * [`rules`] JUDGING: one rule, one file. Invariant: opens no socket and no file.
//! * [`forge`] MAKING: hierarchies good and broken. Invariant: never judges what it makes.
//! * [`wire`] CONNECTING: the front door and its client. Invariant: loopback only, by type.
//! * [`matrix`] PROVING: scenarios, expected against observed. Invariant: expectations are written, never computed.
//! * [`diagnose`] EXPLAINING: error texts to stages and causes. Invariant: says how sure it is.
//! * [`cli`] one file per command. Invariant: the only room that prints, exits, reads argv and the clock.
//!
//! In another project's tests, with the feature `forge`: a good hierarchy, a broken one, at a time of your choice.
//!
//! ```
//! # #[cfg(feature = "forge")] {
//! let at = time::macros::datetime!(2027-01-01 00:00 UTC);
//! let good = certproof::forge::good("orders.f45a2", at)?;
//! let expired = certproof::forge::broken("leaf-expired", at)?;
//!
//! // For files: bundle_pem, client_pem, key_pem. For TLS libraries: anchors, client_chain, client_key.private_key.
//! assert!(good.client_pem().starts_with(b"-----BEGIN CERTIFICATE-----"));
//! assert_eq!((good.anchors().len(), expired.client_chain().len()), (1, 2));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/tokio_rustls.rs` is a server with client certificates, tested with these. With the feature `check` as well,
//! hierarchies of your own are made from a [`forge::Recipe`], and the rules say what is wrong with them:
//!
//! ```
//! # #[cfg(all(feature = "forge", feature = "check"))] {
//! use certproof::cloud::Kit;
//! use certproof::forge::{KeyKind, KeySource, Recipe};
//! use certproof::report::Verdict;
//! use certproof::rules::{self, Terms};
//!
//! let at = time::macros::datetime!(2027-01-01 00:00 UTC);
//! let mut recipe = Recipe::good("orders.f45a2", KeySource::Fresh, KeyKind::P256, at);
//! recipe.client.not_after = at - time::Duration::HOUR;
//! let kit = Kit::read(&recipe.forge()?.files);
//!
//! let cases = rules::run(&kit, &Terms::at(at));
//! let failed: Vec<_> = cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_))).collect();
//! assert_eq!(failed.len(), 1);
//! assert_eq!(failed[0].topic.id, "leaf-expired");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod cloud;
pub mod pki;
pub mod report;

#[cfg(feature = "check")]
pub mod readers;

#[cfg(feature = "check")]
pub mod rules;

#[cfg(feature = "forge")]
pub mod forge;

#[cfg(feature = "wire")]
pub mod wire;

#[cfg(feature = "matrix")]
pub mod matrix;

pub mod diagnose;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(all(feature = "sabotage", not(debug_assertions)))]
compile_error!("the `sabotage` feature weakens the gate on purpose and is never part of a release build");

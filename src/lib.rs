//! certproof: will Temporal Cloud take this CA bundle, and will this client get into this namespace?
//!
//! The rooms, lowest first; imports point only to lower rooms:
//!
//! * [`report`] ANSWERS: vocabulary and output formats. Invariant: imports no other room, a printer never filters.
//! * [`pki`] READING: PEM, certificates, names, keys, chains. Invariant: content never makes reading fail.
//! * [`cloud`] TEMPORAL: requirements, names, filters, stages, kits and worlds. Invariant: plain data, no I/O.
//! * [`rules`] JUDGING: one rule, one file. Invariant: opens no socket and no file.
//! * [`forge`] MAKING: hierarchies good and broken. Invariant: never judges what it makes.
//! * [`wire`] CONNECTING: the front door and its client. Invariant: loopback only, by type.
//! * [`matrix`] PROVING: scenarios, expected against observed. Invariant: expectations are written, never computed.
//! * [`diagnose`] EXPLAINING: error texts to stages and causes. Invariant: says how sure it is.
//! * [`cli`] one file per command. Invariant: the only room that prints, exits, reads argv and the clock.

pub mod cloud;
pub mod pki;
pub mod report;

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

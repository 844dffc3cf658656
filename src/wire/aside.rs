//! Costly judgements, done beside the runtime's workers and one at a time.
//!
//! rustls asks for a verdict in the middle of a read, so the worker that reads is the one that judges. An ordinary chain
//! takes it a tenth of a millisecond. A long one may take many, and a flood of long ones must not keep good clients
//! waiting: the worker hands its other tasks on, and waits for its turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Handle, RuntimeFlavor};

/// Judgements that may wait for their turn. Each holds a thread.
const MOST_WAITING: usize = 64;

static TURN: Mutex<()> = Mutex::new(());
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Runs a costly judgement; none where too many wait already.
pub fn judge_aside<T>(judge: impl FnOnce() -> T) -> Option<T> {
    let _place = Waiting::enter()?;
    let in_turn = || {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        judge()
    };
    let many_workers = Handle::try_current().is_ok_and(|at| at.runtime_flavor() == RuntimeFlavor::MultiThread);
    Some(if many_workers { tokio::task::block_in_place(in_turn) } else { in_turn() })
}

struct Waiting;

impl Waiting {
    fn enter() -> Option<Self> {
        if WAITING.fetch_add(1, Ordering::Relaxed) < MOST_WAITING {
            return Some(Self);
        }
        WAITING.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

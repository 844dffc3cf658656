//! Ctrl-C and SIGTERM while files are written: everything is taken back, then the process ends as the signal wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use super::Failure;
use crate::forge::ForgeError;

/// Runs what writes files, and tells it when to stop. Before and after, signals end the process at once, since then
/// nothing is half done.
pub(super) fn guarded(write: impl FnOnce(&dyn Fn() -> bool) -> Result<(), ForgeError>) -> Result<(), Failure> {
    let caught = Arc::new(AtomicUsize::new(0));
    // Where a signal cannot be caught it ends the process as ever.
    let registered = [SIGINT, SIGTERM].map(|signal| flag::register_usize(signal, caught.clone(), signal as usize).ok());
    let written = write(&|| caught.load(Ordering::Relaxed) != 0);
    for id in registered.into_iter().flatten() {
        low_level::unregister(id);
    }
    if matches!(written, Err(ForgeError::Interrupted)) {
        // Ends the process, so that a shell sees what ended it; going on with the error is as well.
        let _ = low_level::emulate_default_handler(caught.load(Ordering::Relaxed) as i32);
    }
    Ok(written?)
}

//! What becomes of the door's events: a line on the screen, a line in the audit file, and never a connection held up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use crate::cli::audit::{self, Rotating};
use crate::cli::{Failure, Reader, Screen, real_now};
use crate::pki::clock::rfc3339;
use crate::report::plural;
use crate::wire::audit::{Event, Sink};
use crate::wire::metrics::Metrics;
use crate::wire::outcome::{Connection, Decision};

/// Lines that may wait to be printed or written. More are counted and left out: a slow disk or a full pipe must hold up
/// no connection.
const WAITING_LINES: usize = 65_536;

/// Takes events from the door without ever waiting.
pub struct Records {
    metrics: Arc<Metrics>,
    lines: Option<Queue>,
    audit: Option<Queue>,
}

/// A line, without its end; none ends the queue. Events would hold whatever certificates strangers sent.
pub type Entry = Option<String>;

struct Queue {
    lines: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

pub struct Receivers {
    pub lines: Waiting,
    pub audit: Waiting,
}

pub struct Waiting {
    lines: Receiver<Entry>,
    dropped: Arc<AtomicU64>,
}

impl Records {
    /// Also returns what ends the queues.
    pub fn new(metrics: Arc<Metrics>, lines: bool, audit: bool) -> (Self, Receivers, [SyncSender<Entry>; 2]) {
        let queue = || {
            let (sender, lines) = sync_channel(WAITING_LINES);
            let dropped = Arc::new(AtomicU64::new(0));
            (Queue { lines: sender, dropped: dropped.clone() }, Waiting { lines, dropped })
        };
        let ((to_lines, from_lines), (to_audit, from_audit)) = (queue(), queue());
        // The printer waits for lines even where none will come: it is what keeps the process there.
        let ends = [to_audit.lines.clone(), to_lines.lines.clone()];
        let records =
            Self { metrics, lines: Some(to_lines).filter(|_| lines), audit: Some(to_audit).filter(|_| audit) };
        (records, Receivers { lines: from_lines, audit: from_audit }, ends)
    }

    pub fn sink(self) -> Sink {
        Arc::new(move |event| {
            self.metrics.count(&event);
            let at = real_now();
            if let (Some(lines), Some(line)) = (&self.lines, self.lines.as_ref().and_then(|_| line(&event))) {
                lines.take(format!("{} {line}", rfc3339(at)));
            }
            if let Some(audit) = &self.audit {
                audit.take(audit::line(&event, at));
            }
        })
    }
}

impl Queue {
    fn take(&self, line: String) {
        if let Err(TrySendError::Full(_)) = self.lines.try_send(Some(line)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Writes the audit file until the door is gone.
pub fn write_all(mut file: Rotating, waiting: &Waiting, screen: &Screen, metrics: &Metrics) {
    let mut failing = false;
    let mut write = |line: &str| {
        let written = file.write(line);
        if let Err(error) = &written {
            metrics.dropped(1);
            // Told when it begins to fail, not for each line.
            if !failing {
                screen.complain(&format!("the audit file cannot be written, and lines are lost: {error}"));
            }
        }
        failing = written.is_err();
    };
    loop {
        let line = waiting.lines.recv().ok().flatten();
        let lost = waiting.dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            metrics.dropped(lost);
            write(&audit::dropped(lost, real_now()));
        }
        match line {
            Some(line) => write(&line),
            None => return,
        }
    }
}

/// Prints until nobody reads any more.
pub fn print_all(screen: &Screen, greeting: &str, waiting: &Waiting) -> Result<(), Failure> {
    let mut reader = screen.print(greeting)?;
    while reader == Reader::There {
        let line = waiting.lines.recv().ok().flatten();
        let lost = waiting.dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            screen.print(&format!("{} {} left out\n", rfc3339(real_now()), plural(lost as usize, "line")))?;
        }
        match line {
            Some(line) => reader = screen.print(&format!("{line}\n"))?,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// One line per connection, and one per call that was not answered with OK.
fn line(event: &Event) -> Option<String> {
    match event {
        Event::Decided(connection) => Some(decided(connection)),
        Event::Called { call, .. } if call.status == 0 => None,
        Event::Called { peer, call, .. } => {
            let why = call.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let (path, status, message) = (call.path, call.status, &call.message);
            Some(format!("{peer} call {path} answered with status {status} \"{message}\"{why}"))
        }
        Event::Closed { .. } => None,
    }
}

fn decided(connection: &Connection) -> String {
    let Connection { peer, namespace, region, identity, decision, .. } = connection;
    let whom = match identity {
        Some(identity) => format!("`{}` (SHA-256 {}…)", identity.subject(), &identity.sha256()[..16]),
        None => "a client".to_owned(),
    };
    let where_to = match (namespace, &connection.server_name, region) {
        (Some(namespace), _, _) if connection.verifier_runs > 0 => format!("the CAs of {namespace}"),
        (Some(namespace), _, _) => namespace.to_string(),
        (None, _, Some(region)) if matches!(decision, Decision::Admitted) => format!("the endpoint of {region}"),
        (None, Some(name), _) => format!("no namespace (server name `{}`)", crate::pki::name::printable(name)),
        (None, None, _) => "no namespace (no server name)".to_owned(),
    };
    match decision {
        Decision::Admitted if identity.is_none() => {
            format!("{peer} connected to {where_to}: its calls are to show an API key")
        }
        Decision::Admitted => format!("{peer} admitted: {whom} against {where_to}"),
        Decision::Refused(refusal) => {
            let alert = refusal.alert.map_or_else(|| "no alert".to_owned(), |alert| format!("alert {alert}"));
            format!("{peer} refused at {} ({alert}): {whom} against {where_to}: {}", refusal.stage, refusal.reason)
        }
        Decision::Full(full) => format!("{peer} turned away: {full}"),
        Decision::Gone(how) => format!("{peer} gone: {whom} against {where_to}: {how}"),
    }
}

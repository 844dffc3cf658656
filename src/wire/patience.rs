//! How long the door bears with a guest, by one timer for all its deadlines.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::audit::Ending;
use super::calls::UnderWay;
use super::settings::Settings;

/// Bytes of the preface with which every HTTP/2 client begins (RFC 9113 §3.4).
const PREFACE: usize = 24;

/// Between two looks at what has not begun yet.
const LEAST: Duration = Duration::from_secs(1);

/// The deadlines of one connection that was admitted.
pub struct Patience<'s> {
    settings: &'s Settings,
    begun: Instant,
    /// When it has to end, and why.
    end: (Instant, Ending),
    signs: Arc<Signs>,
    under_way: Arc<UnderWay>,
    /// Since when it is being ended, and why.
    parting: Option<(Instant, Ending)>,
}

/// What is to be done now.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing before then.
    Wait(Instant),
    /// GOAWAY: what is under way has its time.
    Part(Ending),
    /// At once.
    Drop(Ending),
}

impl<'s> Patience<'s> {
    /// From now on. `age` is how long the connection may last, `at_age` what ends it then.
    pub fn new(
        settings: &'s Settings,
        signs: Arc<Signs>,
        under_way: Arc<UnderWay>,
        (age, at_age): (Duration, Ending),
    ) -> Self {
        let begun = Instant::now();
        Self { settings, begun, end: (begun + age, at_age), signs, under_way, parting: None }
    }

    /// The connection is being ended.
    pub fn part(&mut self, why: Ending) {
        self.parting = Some((Instant::now(), why));
    }

    /// Why it is being ended, if it is.
    pub fn parting(&self) -> Option<Ending> {
        self.parting.map(|(_, why)| why)
    }

    pub fn verdict(&self, now: Instant) -> Verdict {
        let settings = self.settings;
        // hyper's own end of a connection waits for its last words to be written.
        let unheard = settings.ping + settings.ping_answer;
        let deaf_at = self.signs.blocked_since().map(|since| since + unheard);
        if deaf_at.is_some_and(|at| at <= now) {
            return Verdict::Drop(Ending::Unanswered);
        }
        let mut next = deaf_at.unwrap_or(now + unheard.max(LEAST));
        if !self.signs.has_spoken() {
            let silent_at = self.begun + settings.preface;
            if silent_at <= now {
                return Verdict::Drop(Ending::Silent);
            }
            next = next.min(silent_at);
        }
        if let Some((since, why)) = self.parting {
            let over_at = since + settings.drain;
            return if over_at <= now { Verdict::Drop(why) } else { Verdict::Wait(next.min(over_at)) };
        }
        let (old_at, at_age) = self.end;
        if old_at <= now {
            return Verdict::Part(at_age);
        }
        let idle_at = self.under_way.quiet_since().map(|since| since + settings.idle);
        if idle_at.is_some_and(|at| at <= now) {
            return Verdict::Part(Ending::Idle);
        }
        Verdict::Wait(next.min(old_at).min(idle_at.unwrap_or(now + settings.idle.max(LEAST))))
    }
}

/// What a connection shows of its client.
#[derive(Debug, Default)]
pub struct Signs {
    /// Bytes, counted as far as the preface.
    heard: AtomicUsize,
    /// Since when nothing more can be written.
    blocked: Mutex<Option<Instant>>,
}

impl Signs {
    fn has_spoken(&self) -> bool {
        self.heard.load(Ordering::Relaxed) >= PREFACE
    }

    fn blocked_since(&self) -> Option<Instant> {
        *self.blocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note<T>(&self, written: &Poll<T>) {
        let mut blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        match written {
            Poll::Pending => _ = blocked.get_or_insert_with(Instant::now),
            Poll::Ready(_) => *blocked = None,
        }
    }
}

/// A stream that notes what its client shows.
pub struct Watched<S> {
    pub stream: S,
    pub signs: Arc<Signs>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        if !this.signs.has_spoken() {
            this.signs.heard.fetch_add(buf.filled().len() - before, Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.signs.note(&written);
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        this.signs.note(&flushed);
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_deadline_has_its_end() {
        let settings = Settings::default();
        let signs = Arc::new(Signs::default());
        let mut patience = Patience::new(&settings, signs.clone(), UnderWay::new(), (300 * SECOND, Ending::Age));
        let at = |seconds| patience.begun + seconds * SECOND;
        assert_eq!(patience.verdict(at(0)), Verdict::Wait(at(10)), "the preface comes first");
        assert_eq!(patience.verdict(at(10)), Verdict::Drop(Ending::Silent));
        signs.heard.store(PREFACE, Ordering::Relaxed);
        assert_eq!(patience.verdict(at(10)), Verdict::Wait(at(60)), "a look whether it listens");
        assert_eq!(patience.verdict(at(290)), Verdict::Wait(at(300)));
        assert_eq!(patience.verdict(at(300)), Verdict::Part(Ending::Age));
        *signs.blocked.lock().unwrap() = Some(at(1));
        assert_eq!(patience.verdict(at(51)), Verdict::Drop(Ending::Unanswered));
        *signs.blocked.lock().unwrap() = None;
        let parted = Instant::now();
        patience.part(Ending::Age);
        assert!(matches!(patience.verdict(parted + 69 * SECOND), Verdict::Wait(_)));
        assert_eq!(patience.verdict(parted + 71 * SECOND), Verdict::Drop(Ending::Age));
    }
}

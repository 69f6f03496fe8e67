use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::scan::Progress;

/// Work that is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on standard error, if that is a terminal and the work takes longer than a second.
pub struct Bar {
    bar: ProgressBar,
    started: Instant,
    wanted: bool,
    shown: AtomicBool,
}

impl Bar {
    pub fn new(wanted: bool) -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} {msg}, {eta} left") {
            bar.set_style(style);
        }
        Bar {
            bar,
            started: Instant::now(),
            wanted: wanted && output::stderr_is_terminal(),
            shown: AtomicBool::new(false),
        }
    }
}

impl Progress for Bar {
    fn advance(&self, count: u64) {
        if !self.wanted {
            return;
        }
        self.bar.inc(count);
        if self.started.elapsed() > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn start(&self, count: u64, what: &'static str) {
        self.bar.set_position(0);
        self.bar.set_length(count);
        self.bar.set_message(what);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

//! Progress on standard error, for what takes longer than a second.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// A line that says what is being done. It shows itself after a second, and on a terminal only.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A line that is silent where it would not be seen.
    pub(crate) fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Progress(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        let shown = bar.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            if !shown.is_finished() {
                shown.enable_steady_tick(Duration::from_millis(120));
            }
        });
        Progress(bar)
    }
    /// Says what is done now.
    pub(crate) fn now(&self, what: &str) {
        self.0.set_message(tyrian_report::text::clean(what));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

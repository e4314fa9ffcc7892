//! Progress on standard error, for what takes longer than a second.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// A line that says what is being done. It shows itself after a second, and on a terminal only.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// What it is about, where several things go on at once.
    about: String,
    /// Is it a part of another one, which goes on when it ends?
    part: bool,
}

impl Progress {
    /// A line that is silent where it would not be seen.
    pub(crate) fn new(quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Progress::of(ProgressBar::hidden());
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
        Progress::of(bar)
    }
    fn of(bar: ProgressBar) -> Self {
        Progress { bar, about: String::new(), part: false }
    }
    /// The same line for one of several things that go on at once.
    pub(crate) fn about(&self, what: &str) -> Self {
        Progress { bar: self.bar.clone(), about: format!("{what}: "), part: true }
    }
    /// The same line for the only thing that goes on.
    pub(crate) fn about_itself(&self) -> Self {
        Progress { bar: self.bar.clone(), about: String::new(), part: true }
    }
    /// Says what is done now.
    pub(crate) fn now(&self, what: &str) {
        self.bar.set_message(tyrian_report::text::clean(&format!("{}{what}", self.about)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !self.part {
            self.bar.finish_and_clear();
        }
    }
}

//! The rows of the mission: threats and controls, declared once, in `mission.toml`.

use serde::Deserialize;
use std::sync::LazyLock;
use tyrian_judge::matrix::{Control, Threat};

/// Threats and controls.
#[derive(Debug, Deserialize)]
pub struct Mission {
    /// All threats, in the order of the layers.
    pub threats: Vec<Threat>,
    /// All controls, in the order of the layers.
    pub controls: Vec<Control>,
}

/// The mission.
pub static MISSION: LazyLock<Mission> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the text is part of the program, and a test parses it")]
    toml::from_str(include_str!("mission.toml")).expect("mission.toml")
});

impl Mission {
    /// The threats that a control answers.
    pub fn threats_of(&self, control: &str) -> Vec<String> {
        self.controls.iter().filter(|c| c.id == control).flat_map(|c| c.answers.clone()).collect()
    }
}

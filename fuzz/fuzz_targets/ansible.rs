#![no_main]
//! Any text as a playbook, as variables, and as settings.

use libfuzzer_sys::fuzz_target;
use tyrian_read::{Input, ansible, secrets::Key};

fuzz_target!(|text: &str| {
    let key = Key([0; 32]);
    for path in ["site.yml", "roles/a/tasks/main.yml", "ansible.cfg"] {
        ansible::read(&Input { path, text, key: &key });
    }
});

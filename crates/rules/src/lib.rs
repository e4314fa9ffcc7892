//! The catalogue: checks, threats, controls.

//! The runner, the matrix and the gate.

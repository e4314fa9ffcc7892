//! What people and machines read: one renderer a file.

//! Kustomizations.

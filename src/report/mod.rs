//! How a run is told.

pub mod sbom;

//! How a run is told.

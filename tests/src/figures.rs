//! What the tables of measurements are made of, and how they get into the pages of docs/.

pub(crate) mod page;
mod samples;

pub use samples::{Samples, Side};

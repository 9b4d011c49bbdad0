//! What the tables of measurements are made of, and how they get into the pages of docs/.

pub(crate) mod file;
pub(crate) mod page;
mod samples;
mod text;

pub use samples::{Samples, Side};
pub(crate) use text::{millis, number, verdict};

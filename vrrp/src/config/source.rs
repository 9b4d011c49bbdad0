//! What was read: the text of one file.

/// A file's text and the name under which problems show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's path as shown.
    pub path: String,
    /// What is in it.
    pub text: String,
}

//! A value as it stands in a file: TOML's types with their places.

use std::fmt;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::place::Spot;
use super::text::Shown;

/// A name with its place.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) spot: Spot,
}

/// A value with its place; a table that has a heading is placed there.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) content: Content,
    pub(crate) spot: Spot,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Text(String),
    /// The digits as written, and the number where 64 bits hold it.
    Integer(String, Option<i64>),
    /// A fraction or a date, as written.
    Other(String),
    Boolean(bool),
    List(Vec<Value>),
    Table(Vec<(Key, Value)>),
}

impl Value {
    pub(crate) fn new(file: usize, value: Spanned<DeValue<'_>>) -> Self {
        let spot = Spot::new(file, value.span());
        let content = match value.into_inner() {
            DeValue::String(text) => Content::Text(text.into_owned()),
            DeValue::Integer(digits) => {
                let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
                Content::Integer(digits.to_string(), number)
            }
            DeValue::Float(number) => Content::Other(number.as_str().to_owned()),
            DeValue::Datetime(date) => Content::Other(date.to_string()),
            DeValue::Boolean(truth) => Content::Boolean(truth),
            DeValue::Array(list) => Content::List(list.into_iter().map(|value| Self::new(file, value)).collect()),
            DeValue::Table(table) => Content::Table(entries(file, table)),
        };
        Self { content, spot }
    }

    /// Its type in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.content {
            Content::Text(_) => "text",
            Content::Integer(..) => "a number",
            Content::Other(_) => "a fraction or a date",
            Content::Boolean(_) => "a boolean",
            Content::List(_) => "a list",
            Content::Table(_) => "a table",
        }
    }
}

/// The entries of a table in the order in which they stand in the file.
pub(crate) fn entries(file: usize, table: DeTable<'_>) -> Vec<(Key, Value)> {
    let entry = |(key, value): (Spanned<DeString<'_>>, _)| {
        let spot = Spot::new(file, key.span());
        (Key { name: key.into_inner().into_owned(), spot }, Value::new(file, value))
    };
    let mut entries: Vec<_> = table.into_iter().map(entry).collect();
    entries.sort_by_key(|(key, _)| key.spot.start);
    entries
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Text(text) => write!(out, "\"{}\"", Shown::new(text)),
            Content::Integer(text, _) | Content::Other(text) => write!(out, "{}", Shown::new(text)),
            Content::Boolean(truth) => write!(out, "{truth}"),
            Content::List(_) => out.write_str("[…]"),
            Content::Table(_) => out.write_str("{…}"),
        }
    }
}

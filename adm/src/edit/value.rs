//! Values of TOML, compared by what they mean.

use toml_edit::Value;

/// Tells whether two values mean the same, however they are written. One thing and a list of it do.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    let all_same =
        |a: &toml_edit::Array, b: &toml_edit::Array| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => all_same(a, b),
        (Value::Array(list), one) | (one, Value::Array(list)) => {
            list.len() == 1 && list.get(0).is_some_and(|only| same(only, one))
        }
        (Value::InlineTable(a), Value::InlineTable(b)) => {
            let has = |(key, value): (&str, &Value)| b.get(key).is_some_and(|other| same(value, other));
            a.len() == b.len() && a.iter().all(has)
        }
        (Value::String(a), Value::String(b)) => a.value() == b.value(),
        (Value::Integer(a), Value::Integer(b)) => a.value() == b.value(),
        (Value::Boolean(a), Value::Boolean(b)) => a.value() == b.value(),
        (
            Value::String(_)
            | Value::Integer(_)
            | Value::Boolean(_)
            | Value::InlineTable(_)
            | Value::Float(_)
            | Value::Datetime(_),
            _,
        ) => false,
    }
}

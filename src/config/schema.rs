//! The JSON Schema of `gate.toml`, and the reference page that is made from it.

use std::fmt::Write;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::raw::RawConfig;

/// The JSON Schema of `gate.toml`, as `docs/schemas/gate-config.schema.json` holds it.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<RawConfig>().to_value()
}

/// The reference of every key, in Markdown, as `docs/configuration.md` holds it.
pub fn reference() -> String {
    let schema = schema();
    let mut page = format!(
        "# Configuration\n\n{}\n\n`gate init` writes a commented `gate.toml`; `docs/schemas/gate-config.schema.json` is its JSON \
         Schema, for editors.\nAn unknown key, a wrong type or an impossible value is an error that names file, line and column.\n",
        text(&schema, "description")
    );
    for (name, section) in properties(&schema) {
        match section.get("items") {
            Some(items) => describe_list(&mut page, name, items),
            None => describe_table(&mut page, name, section),
        }
    }
    page
}

fn describe_table(page: &mut String, name: &str, table: &Value) {
    // Writing to a text cannot fail.
    let _ = write!(page, "\n## `[{name}]`\n\n{}\n", text(table, "description"));
    let (tables, keys): (Vec<_>, Vec<_>) = properties(table).partition(|(_, value)| has_keys(value));
    if !keys.is_empty() {
        let _ = write!(page, "\n| key | value | default | |\n|---|---|---|---|\n");
    }
    for (key, value) in keys {
        let default = value.get("default").filter(|default| !is_empty(default));
        let default = default.map_or(String::new(), |default| format!("`{default}`"));
        let _ = writeln!(page, "| `{key}` | {} | {default} | {} |", kind(value), text(value, "description"));
    }
    if let Some(entry) = table.get("additionalProperties").filter(|entry| has_keys(entry)) {
        describe_table(page, &format!("{name}.\"…\""), entry);
    }
    for (key, value) in properties(table) {
        if let Some(items) = value.get("items").filter(|items| has_keys(items)) {
            describe_list(page, &format!("{name}.{key}"), items);
        }
    }
    for (key, value) in tables {
        describe_table(page, &format!("{name}.{key}"), value);
    }
}

fn describe_list(page: &mut String, name: &str, items: &Value) {
    let mut table = String::new();
    describe_table(&mut table, name, items);
    page.push_str(&table.replacen(&format!("`[{name}]`"), &format!("`[[{name}]]`"), 1));
}

fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let map = schema.get("properties").and_then(Value::as_object);
    map.into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

fn has_keys(schema: &Value) -> bool {
    schema.get("properties").is_some() || schema.get("additionalProperties").is_some_and(Value::is_object)
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

/// A key of the schema as one line of Markdown.
fn text(schema: &Value, key: &str) -> String {
    let text = schema.get(key).and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// What a value may be, in a few words.
fn kind(schema: &Value) -> String {
    let quote = |value: &Value| format!("`{value}`");
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values.iter().filter(|value| !value.is_null()).map(quote).collect::<Vec<_>>().join(", ");
    }
    if let Some(value) = schema.get("const") {
        return quote(value);
    }
    if let Some(Value::Array(choices)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
        let words: Vec<String> = choices.iter().map(kind).filter(|word| word != "nothing").collect();
        return words.join(" or ");
    }
    let name = match schema.get("type") {
        Some(Value::String(name)) => name.as_str(),
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("any")
        }
        _ => "any",
    };
    match name {
        "array" => format!("list of {}", schema.get("items").map_or_else(|| "anything".to_owned(), kind)),
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "`true`, `false`".to_owned(),
        "object" => "table".to_owned(),
        "null" => "nothing".to_owned(),
        other => other.to_owned(),
    }
}

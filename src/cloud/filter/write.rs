//! Filters as each tool wants them spelled.

use std::fmt::Write as _;

use super::{Field, Filter, Filters};

/// Whose spelling is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `{"filters": […]}`, as `tcld namespace certificate-filters import` reads it.
    Tcld,
    /// Arguments of `temporal cloud namespace`: a `--certificate-filter` for each filter, quoted for a POSIX shell.
    CloudCli,
    /// The attribute `certificate_filters` of the resource `temporalcloud_namespace`.
    Terraform,
}

/// The filters in that spelling, with their case as it was written. Ends with a line feed unless it is empty.
pub fn write(filters: &Filters, target: Target) -> String {
    match target {
        Target::Tcld => tcld(filters),
        Target::CloudCli => cloud_cli(filters),
        Target::Terraform => terraform(filters),
    }
}

fn tcld(filters: &Filters) -> String {
    let object = |filter: &Filter| {
        let members = members(filter).map(|(field, value)| format!("      \"{}\": {}", field.name(), json(value)));
        format!("    {{\n{}\n    }}", members.collect::<Vec<_>>().join(",\n"))
    };
    match filters.is_empty() {
        true => "{\n  \"filters\": []\n}\n".to_owned(),
        false => {
            let objects: Vec<_> = filters.0.iter().map(object).collect();
            format!("{{\n  \"filters\": [\n{}\n  ]\n}}\n", objects.join(",\n"))
        }
    }
}

fn cloud_cli(filters: &Filters) -> String {
    let argument = |filter: &Filter| {
        let members = members(filter).map(|(field, value)| format!("\"{}\":{}", field.name(), json(value)));
        let object = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        format!("--certificate-filter '{}'", object.replace('\'', r"'\''"))
    };
    let mut out = filters.0.iter().map(argument).collect::<Vec<_>>().join(" \\\n");
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Terraform refuses an empty list, so without filters the attribute is left out.
fn terraform(filters: &Filters) -> String {
    if filters.is_empty() {
        return "# no filters: the attribute certificate_filters is left out\n".to_owned();
    }
    let mut out = "certificate_filters = [\n".to_owned();
    for filter in &filters.0 {
        let longest = members(filter).map(|(field, _)| field.snake().len()).max().unwrap_or(0);
        out.push_str("  {\n");
        for (field, value) in members(filter) {
            let _ = writeln!(out, "    {:longest$} = {}", field.snake(), hcl(value));
        }
        out.push_str("  },\n");
    }
    out.push_str("]\n");
    out
}

fn members(filter: &Filter) -> impl Iterator<Item = (Field, &str)> {
    filter.fields().iter().map(|(field, pattern)| (*field, pattern.text()))
}

/// A JSON string without any character that a terminal could act on.
fn json(value: &str) -> String {
    // A string always serialises.
    let quoted = serde_json::to_string(value).unwrap_or_default();
    quoted.chars().map(|c| if is_unseen(c) { format!("\\u{:04x}", c as u32) } else { c.to_string() }).collect()
}

/// An HCL string: `${` and `%{` would begin a template, so they are doubled.
fn hcl(value: &str) -> String {
    let mut out = "\"".to_owned();
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            // Before a doubled one, another would be read as part of it.
            '$' | '%' if rest.peek() == Some(&c) => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c if is_unseen(c) => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Control and direction characters. All of them are below U+10000.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(values: &[(Field, &str)]) -> Filters {
        Filters(vec![Filter::new(values.iter().map(|(field, value)| (*field, (*value).to_owned()))).unwrap()])
    }

    #[test]
    fn terraform_is_aligned_and_its_templates_are_escaped() {
        let filters = filters(&[(Field::OrganizationalUnit, "a${b}%{c}\"\\"), (Field::CommonName, "Orders $$${")]);
        assert_eq!(
            write(&filters, Target::Terraform),
            "certificate_filters = [\n  {\n    common_name         = \"Orders \\u0024\\u0024$${\"\n    \
             organizational_unit = \"a$${b}%%{c}\\\"\\\\\"\n  },\n]\n"
        );
    }

    #[test]
    fn an_argument_for_the_temporal_cli_is_one_word_of_a_shell() {
        let filters = filters(&[(Field::CommonName, "it's $(id)"), (Field::Organization, "\u{9b}x")]);
        assert_eq!(
            write(&filters, Target::CloudCli),
            "--certificate-filter '{\"commonName\":\"it'\\''s $(id)\",\"organization\":\"\\u009bx\"}'\n"
        );
    }

    #[test]
    fn tcld_gets_an_object_with_a_list() {
        assert_eq!(
            write(&filters(&[(Field::CommonName, "A*")]), Target::Tcld),
            "{\n  \"filters\": [\n    {\n      \"commonName\": \"A*\"\n    }\n  ]\n}\n"
        );
    }
}

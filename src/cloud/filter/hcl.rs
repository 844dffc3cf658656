//! A strict reader of one literal of Terraform's language: `certificate_filters = [ { common_name = "…" }, … ]`.
//!
//! What only Terraform can evaluate (references, functions, templates, heredocs) is answered with an error.

use std::iter::Peekable;
use std::str::CharIndices;

use super::read::{RawFilter, RawMember};

/// A byte offset, and what is wrong there.
type Fault = (usize, String);

/// Whether a text is HCL and not JSON, by its first characters.
pub(super) fn is_hcl(text: &str) -> bool {
    let begins_name = |text: &str| text.starts_with(|c: char| c.is_alphabetic() || "_#/".contains(c));
    let text = text.trim_start();
    match text.strip_prefix('[') {
        Some(list) => {
            let inside = list.trim_start();
            begins_name(inside) || inside.strip_prefix('{').is_some_and(|object| begins_name(object.trim_start()))
        }
        None => begins_name(text) && text.trim_end() != "null",
    }
}

/// The list, and the byte that it begins at.
pub(super) struct List {
    pub(super) offset: usize,
    pub(super) filters: Vec<RawFilter>,
}

/// The list of the attribute; none where that is left out: null, or comments alone.
pub(super) fn read(text: &str) -> Result<Option<List>, Fault> {
    Reader { text, rest: text.char_indices().peekable() }.file()
}

const ATTRIBUTE: &str = "certificate_filters";

struct Reader<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
}

impl Reader<'_> {
    fn file(mut self) -> Result<Option<List>, Fault> {
        self.space()?;
        if self.peek().is_none() {
            return Ok(None);
        }
        if self.peek() != Some('[') {
            let start = self.offset();
            if self.name()? != ATTRIBUTE {
                return Err(self.other_file(start));
            }
            self.blank()?;
            self.expect('=', "`=` behind certificate_filters")?;
            self.blank()?;
        }
        let offset = self.offset();
        let list = self.list()?.map(|filters| List { offset, filters });
        self.space()?;
        match self.peek() {
            None => Ok(list),
            Some(_) => {
                Err(self.fault("something stands behind the list; give the attribute certificate_filters alone"))
            }
        }
    }

    /// A file that begins with another word.
    fn other_file(&self, start: usize) -> Fault {
        match self.text.match_indices(ATTRIBUTE).next() {
            Some((offset, _)) => (
                offset,
                "give the attribute certificate_filters, which begins here, without what stands around it".to_owned(),
            ),
            None => (start, format!("neither JSON nor Terraform's certificate_filters; {}", super::read::FORM)),
        }
    }

    /// A list, or null, which leaves the attribute out.
    fn list(&mut self) -> Result<Option<Vec<RawFilter>>, Fault> {
        if self.peek() != Some('[') {
            return self.null("a list, [ … ]").map(|()| None);
        }
        self.next();
        let mut filters = Vec::new();
        loop {
            self.space()?;
            match self.peek() {
                Some(']') => {
                    self.next();
                    return Ok(Some(filters));
                }
                Some('{') => filters.push(self.object()?),
                _ => return Err(self.no_literal("a filter, { … }")),
            }
            self.space()?;
            match self.peek() {
                Some(',') => drop(self.next()),
                Some(']') => {}
                _ => return Err(self.fault("expected `,` or `]` behind a filter")),
            }
        }
    }

    fn object(&mut self) -> Result<RawFilter, Fault> {
        let start = self.offset();
        self.next();
        let mut members = Vec::new();
        loop {
            self.space()?;
            if self.peek() == Some('}') {
                self.next();
                return Ok(RawFilter { span: start..self.offset(), members });
            }
            let offset = self.offset();
            let name = if self.peek() == Some('"') { self.string()? } else { self.name()? };
            self.blank()?;
            match self.peek() {
                Some('=' | ':') => drop(self.next()),
                _ => return Err(self.fault("expected `=` behind a name")),
            }
            self.blank()?;
            let value = self.value()?;
            members.push(RawMember { name, offset, value: Ok(value) });
            self.blank()?;
            match self.peek() {
                Some(',' | '\n') => drop(self.next()),
                Some('}') => {}
                _ => {
                    return Err(
                        self.fault("expected a new line or `,` behind a value; only text in quotes can be read")
                    );
                }
            }
        }
    }

    /// Text in quotes, or null.
    fn value(&mut self) -> Result<Option<String>, Fault> {
        match self.peek() {
            Some('"') => self.string().map(Some),
            _ => self.null("text in quotes").map(|()| None),
        }
    }

    fn null(&mut self, otherwise: &str) -> Result<(), Fault> {
        let fault = self.no_literal(otherwise);
        match self.name() {
            Ok(name) if name == "null" => Ok(()),
            _ => Err(fault),
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.next();
        let mut out = String::new();
        loop {
            let offset = self.offset();
            match self.next() {
                Some('"') => return Ok(out),
                None | Some('\n' | '\r') => {
                    return Err((offset, "the text in quotes does not end on its line".to_owned()));
                }
                Some('\\') => out.push(self.escape(offset)?),
                Some(c @ ('$' | '%')) => self.sign(c, offset, &mut out)?,
                Some(c) => out.push(c),
            }
        }
    }

    /// A `$` or `%`: `$${` is the text `${`, and `${` begins a template.
    fn sign(&mut self, sign: char, offset: usize, out: &mut String) -> Result<(), Fault> {
        let mut run = 1;
        while self.peek() == Some(sign) {
            self.next();
            run += 1;
        }
        if self.peek() != Some('{') {
            out.extend(std::iter::repeat_n(sign, run));
            return Ok(());
        }
        match run {
            1 => Err((
                offset,
                format!(
                    "`{sign}{{` begins a template, whose value only Terraform knows; write the value out (the text \
                     `{sign}{{` is written `{sign}{sign}{{`)"
                ),
            )),
            2 => {
                out.push(sign);
                Ok(())
            }
            _ => Err((
                offset,
                format!("`{sign}` before `{sign}{sign}{{` can be read in two ways; write it \\u{:04x}", sign as u32),
            )),
        }
    }

    fn escape(&mut self, offset: usize) -> Result<char, Fault> {
        let digits = match self.next() {
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some(c @ ('"' | '\\')) => return Ok(c),
            Some('u') => 4,
            Some('U') => 8,
            _ => return Err((offset, "HCL has no such escape; a backslash itself is written `\\\\`".to_owned())),
        };
        let mut number = 0;
        for _ in 0..digits {
            let digit = self.peek().and_then(|c| c.to_digit(16));
            let Some(digit) = digit else {
                return Err((offset, format!("the escape wants {digits} hexadecimal digits")));
            };
            self.next();
            number = number << 4 | digit;
        }
        char::from_u32(number).ok_or_else(|| (offset, "the escape is no character of Unicode".to_owned()))
    }

    fn name(&mut self) -> Result<String, Fault> {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_alphanumeric() || "_-".contains(*c)) {
            name.push(c);
            self.next();
        }
        if name.is_empty() { Err(self.fault("expected a name")) } else { Ok(name) }
    }

    /// White space, line ends and comments.
    fn space(&mut self) -> Result<(), Fault> {
        loop {
            self.blank()?;
            match self.peek() {
                Some('\n') => drop(self.next()),
                _ => return Ok(()),
            }
        }
    }

    /// White space and comments up to the end of the line.
    fn blank(&mut self) -> Result<(), Fault> {
        loop {
            let rest = &self.text[self.offset()..];
            if rest.starts_with('#') || rest.starts_with("//") {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.next();
                }
            } else if rest.starts_with("/*") {
                let Some(length) = rest.find("*/") else { return Err(self.fault("the comment does not end")) };
                let end = self.offset() + length + "*/".len();
                while self.peek().is_some() && self.offset() < end {
                    self.next();
                }
            } else if rest.starts_with([' ', '\t', '\r']) {
                self.next();
            } else {
                return Ok(());
            }
        }
    }

    fn expect(&mut self, wanted: char, what: &str) -> Result<(), Fault> {
        match self.peek() {
            Some(c) if c == wanted => {
                self.next();
                Ok(())
            }
            _ => Err(self.fault(&format!("expected {what}"))),
        }
    }

    /// Something that stands where a literal is wanted.
    fn no_literal(&mut self, wanted: &str) -> Fault {
        let way_out = "write it out, or give the attribute as `terraform show -json` prints it";
        match self.peek() {
            Some(c) if c.is_alphabetic() || "_<(".contains(c) => {
                self.fault(&format!("expected {wanted}; the value of an expression only Terraform knows: {way_out}"))
            }
            _ => self.fault(&format!("expected {wanted}")),
        }
    }

    fn fault(&mut self, message: &str) -> Fault {
        (self.offset(), message.to_owned())
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, c)| *c)
    }

    fn next(&mut self) -> Option<char> {
        self.rest.next().map(|(_, c)| c)
    }

    fn offset(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(offset, _)| *offset)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Field, FiltersFile, FiltersFileError};

    fn read(text: &str) -> FiltersFile {
        FiltersFile::read(text.as_bytes()).unwrap()
    }

    fn error(text: &str) -> FiltersFileError {
        FiltersFile::read(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn comments_commas_and_line_ends_are_those_of_terraform() {
        let file = read(
            "# ours\r\n/* two\nlines */ certificate_filters = [\r\n  { // first\r\n    common_name  = \"a\" # cn\r\n    \
             \"organization\" : null, organizational_unit = \"b\"\r\n  },\n  {common_name=\"c\"} /* last */,\n]\n// end",
        );
        let lines: Vec<_> = file.entries.iter().map(|entry| (entry.first_line, entry.last_line)).collect();
        assert_eq!(lines, [(4, 7), (8, 8)]);
        let fields = [(Field::CommonName, "a".to_owned()), (Field::OrganizationalUnit, "b".to_owned())];
        assert_eq!(file.entries[0].fields, fields);
    }

    #[test]
    fn escapes_are_undone() {
        let file = read(r#"certificate_filters = [{ common_name = "a\"\\\t\u00e9\U0001F600 $${x} %%{y} $ $$ 5%" }]"#);
        assert_eq!(file.entries[0].fields[0].1, "a\"\\\té😀 ${x} %{y} $ $$ 5%");
    }

    #[test]
    fn what_only_terraform_can_evaluate_is_answered_with_its_line_and_the_way_out() {
        let value = |value: &str| error(&format!("certificate_filters = [{{\n\n common_name = {value} }}]"));
        for expression in ["var.name", "<<EOT\nx\nEOT", "(\"a\")", "format(\"a\")"] {
            let error = value(expression);
            assert!(error.line == 3 && error.message.contains("write it out"), "{expression}: {error:?}");
        }
        for template in ["\"${var.a}\"", "\"a %{ if x }\""] {
            let error = value(template);
            assert!(error.line == 3 && error.message.contains("template"), "{template}: {error:?}");
        }
        assert!(value("\"$$${x}\"").message.contains("\\u0024"));
        assert!(value("\"a\" b").message.contains("new line"));
        assert!(value("\"a\\q\"").message.contains("escape"));
        assert!(value("\"a\n\"").message.contains("does not end"));
        assert!(value("nullable").message.contains("write it out"));
        assert_eq!(read("certificate_filters = null").empty_list, None);
        assert_eq!(read("# none\ncertificate_filters = [\n]").empty_list, Some(2));
        assert!(error("certificate_filters = var.filters").message.contains("write it out"));
        assert!(error("certificate_filters = [\nvar.filter]").message.contains("write it out"));
    }

    #[test]
    fn a_whole_file_is_answered_with_the_line_of_the_attribute() {
        let error_of_file =
            error("resource \"temporalcloud_namespace\" \"a\" {\n  name = \"a\"\n  certificate_filters = []\n}");
        assert!(error_of_file.line == 3 && error_of_file.message.contains("begins here"), "{error_of_file:?}");
        assert!(error("certificate_filters = []\nname = \"a\"").message.contains("behind the list"));
        assert!(error("hello").message.contains("neither"));
        assert_eq!(error("certificate_filters = [{ common_name = \"a\",\n common_name = \"b\" }]").line, 2);
        assert!(error("certificate_filters = [] /* x").message.contains("comment"));
    }
}

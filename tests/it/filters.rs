//! Filters: every spelling is read as it was written, and the table of a decision says what the gate does.

use std::process::Command;

use certproof::cloud::filter::{Field, Filter, FiltersFile, Pattern, Spelling, Target, write};
use certproof::cloud::kit::{File, Files};
use certproof::cloud::{Filters, Kit};
use certproof::report::{Case, Verdict};
use certproof::rules::{self, Terms};
use predicates::prelude::*;
use proptest::prelude::*;
use tempfile::tempdir;

use crate::common::{AT, certproof, files, root};

const CLIENT: &str = "testdata/rules/filter-no-match/pass/client.pem";

/// The kit of a pair with other filters.
fn kit_with(filters: &str) -> Kit {
    let filters = File::new("filters.json", filters.as_bytes().to_vec());
    Kit::read(&Files { filters: Some(filters), ..files(&root().join("testdata/rules/filter-no-match/pass")) })
}

fn case(filters: &str, rule: &str) -> Case {
    let cases = rules::run(&kit_with(filters), &Terms::at(AT));
    cases.into_iter().find(|case| case.topic.id == rule).unwrap()
}

/// Runs `certproof filters` on a file that holds `text`.
fn run(text: &str, arguments: &[&str]) -> assert_cmd::assert::Assert {
    certproof().args(["filters", "-"]).args(arguments).write_stdin(text.to_owned()).assert()
}

/// Values with what each spelling must escape.
fn value() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "$", "%", "{", "}", "${", "%{", "\\", "\"", "'", "\n", "\r", "\t", "\u{0}", "\u{9b}", "\u{202e}", "é", "😀",
        " ",
    ];
    let piece = prop_oneof![
        1 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => "[a-zA-Z0-9.#/-]{1,4}",
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

fn filter() -> impl Strategy<Value = Filter> {
    let field = || proptest::option::of(value());
    let fields = (field(), field(), field(), field());
    fields.prop_filter_map("cannot be used", |(cn, o, ou, san)| {
        let values = Field::ALL.into_iter().zip([cn, o, ou, san]);
        Filter::new(values.filter_map(|(field, value)| Some((field, value?)))).ok()
    })
}

fn filters() -> impl Strategy<Value = Filters> {
    proptest::collection::vec(filter(), 0..4).prop_map(Filters)
}

/// The words that a shell makes of arguments, a line each.
fn words(arguments: &str) -> String {
    let script = format!("printf '%s\\n' {arguments}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8(output.stdout).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_for_a_tool_is_read_as_the_same_filters(filters in filters()) {
        for (target, spelling) in [(Target::Tcld, Spelling::Tcld), (Target::Terraform, Spelling::Terraform)] {
            let text = write(&filters, target);
            let file = FiltersFile::read(text.as_bytes()).unwrap();
            prop_assert_eq!(&file.filters(), &filters, "{}", text);
            prop_assert_eq!((file.spelling, file.unknown.len()), (spelling, 0));
            // A terminal that it is printed to does nothing but show it.
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{:?}", text);
        }
    }

    #[test]
    fn a_shell_hands_the_temporal_cli_one_object_a_filter(filters in filters()) {
        let words = words(&write(&filters, Target::CloudCli));
        let (flags, objects): (Vec<_>, Vec<_>) = words.lines().partition(|word| *word == "--certificate-filter");
        if !filters.is_empty() {
            prop_assert_eq!((flags.len(), objects.len()), (filters.0.len(), filters.0.len()));
            let file = FiltersFile::read(objects.join("\n").as_bytes()).unwrap();
            prop_assert_eq!((file.filters(), file.spelling), (filters, Spelling::CloudCli));
        }
    }

    #[test]
    fn the_table_and_the_gate_agree(
        picks in proptest::collection::vec(
            (proptest::sample::select(Field::ALL.to_vec()), proptest::sample::select(vec!["ORDERS*", "*.f45a2", "certproof", "x"]),
             proptest::option::of(proptest::sample::select(Field::ALL.to_vec()))),
            0..4,
        ),
    ) {
        let filter = |(field, value, second): (Field, &str, Option<Field>)| {
            let second = second.filter(|second| *second != field).map(|second| (second, "certproof".to_owned()));
            Filter::new([(field, value.to_owned())].into_iter().chain(second)).unwrap()
        };
        let filters = Filters(picks.into_iter().map(filter).collect());
        let kit = kit_with("{}");
        let leaf = kit.leaf().unwrap();
        let decision = filters.decide(leaf);
        prop_assert_eq!(decision.admits(), filters.admit(leaf));
        for (row, filter) in decision.rows.iter().zip(&filters.0) {
            prop_assert_eq!(row.matches(), filter.matches(leaf));
        }
        // A wider filter lets in whom a narrower one does.
        for (wide, narrow) in filters.0.iter().flat_map(|wide| filters.0.iter().map(move |narrow| (wide, narrow))) {
            prop_assert!(!wide.covers(narrow) || !narrow.matches(leaf) || wide.matches(leaf));
        }
    }

    #[test]
    fn no_text_makes_reading_panic_and_every_line_is_one_of_the_file(pieces in proptest::collection::vec(
        proptest::sample::select(vec![
            "certificate_filters", " = ", "[", "]", "{", "}", "common_name", "\"", "\"a\"", "${", "$", "\\u00", "\n", ",", ":", "/*",
            "*/", "#", "null", "\"filters\"", "\"commonName\"", "\"spec\"", "\"certificateFilters\"", "1", "é", "\u{feff}",
        ]),
        0..30,
    )) {
        let text = pieces.concat();
        let lines = text.matches('\n').count() as u32 + 1;
        let told = match FiltersFile::read(text.as_bytes()) {
            Ok(file) => {
                let entries = file.entries.iter().flat_map(|entry| [entry.first_line, entry.last_line]);
                entries.chain(file.unknown.iter().map(|name| name.line)).chain(file.empty_list).collect()
            }
            Err(error) => vec![error.line],
        };
        prop_assert!(told.iter().all(|line| (1..=lines).contains(line)), "{:?} {:?}", text, told);
    }
}

/// Every text of `a` and `b` with up to three letters.
fn short_texts() -> Vec<String> {
    let longer = |texts: Vec<String>| texts.iter().flat_map(|text| [text.clone() + "a", text.clone() + "b"]).collect();
    let lengths = std::iter::successors(Some(vec![String::new()]), |texts| Some(longer(texts.clone())));
    lengths.take(4).flatten().collect()
}

#[test]
fn a_pattern_covers_another_only_if_it_matches_all_that_the_other_does() {
    let texts = short_texts();
    let spelled = texts.iter().flat_map(|text| [text.to_uppercase(), format!("{text}*"), format!("*{text}")]);
    let patterns: Vec<_> = spelled.filter_map(|text| Pattern::parse(&text).ok()).collect();
    assert_eq!((texts.len(), patterns.len()), (15, 43));
    for (wide, narrow) in patterns.iter().flat_map(|wide| patterns.iter().map(move |narrow| (wide, narrow))) {
        let holds = texts.iter().all(|text| !narrow.matches(text) || wide.matches(text));
        assert!(!wide.covers(narrow) || holds, "`{wide}` does not cover `{narrow}`");
    }
}

#[test]
fn filters_of_which_none_can_be_used_match_nobody_and_miss_nobody() {
    let skipped = case("{\"filters\": [{\"commonName\": \"a*b\"}, {}]}", "filter-no-match");
    assert_eq!(skipped.verdict, Verdict::Skip("none of the filters can be used".to_owned()));
    let unreadable = case("{\"filters\": [", "filter-no-match");
    assert!(matches!(&unreadable.verdict, Verdict::Skip(why) if why.contains("cannot be read")));
}

#[test]
fn the_finding_stands_at_the_nearest_filter_and_names_what_keeps_the_client_out() {
    let text = "{\"filters\": [\n{\"commonName\": \"x\", \"organization\": \"y\"},\n{},\n\
                {\"commonName\": \"ORDERS*\", \"organizationalUnit\": \"z\"}]}";
    let case = case(text, "filter-no-match");
    let [finding] = case.verdict.findings() else { panic!("{:?}", case.verdict) };
    assert_eq!(finding.place.as_ref().map(|place| place.first_line), Some(4));
    assert_eq!(finding.notes[0], "nearest is filter 3, which only organizationalUnit keeps it out of");
    assert!(finding.notes[1].starts_with("filter 3 wants organizationalUnit `z`"), "{:?}", finding.notes);
}

#[test]
fn other_spellings_are_judged_like_tclds() {
    for text in [
        "[{\"commonName\": \"somebody-else\"}]",
        "{\"common_name\": \"somebody-else\"}",
        "{\"mtlsAuth\": {\"certificateFilters\": [{\"commonName\": \"somebody-else\"}]}}",
        "certificate_filters = [{ common_name = \"somebody-else\" }]",
    ] {
        assert!(matches!(case(text, "filter-no-match").verdict, Verdict::Fail(_)), "{text}");
        let mine = text.replace("somebody-else", "Orders.F45A2");
        assert_eq!(case(&mine, "filter-no-match").verdict, Verdict::Pass, "{mine}");
        assert!(matches!(case(&mine, "filter-spelling").verdict, Verdict::Fail(_)), "{mine}");
    }
}

#[test]
fn the_exit_code_says_admitted_refused_or_could_not_tell() {
    let client = ["--client", CLIENT];
    let good = "{\"commonName\": \"orders.*\", \"organization\": \"CERTPROOF\"}";
    run(good, &client).code(0).stdout(predicate::str::contains("\nadmitted by filter 1\n"));
    run("{}", &client).code(0).stdout(predicate::str::contains("everybody below"));
    run("{\"commonName\": \"x\"}", &client).code(1).stdout(predicate::str::contains("refused: no filter matches"));
    for unclear in
        ["{\"filters\": [", "{\"filtres\": []}", "{\"commonName\": \"orders.f45a2\"} {\"commonName\": \"*\"}"]
    {
        run(unclear, &client).code(2);
        run(unclear, &["--to", "tcld"]).code(2).stdout("");
    }
    run(good, &["--client", "no-such-file.pem"]).code(2).stdout(predicate::str::contains("filter 1"));
    run(good, &["--client", "testdata/rules/filter-no-match/pass/client.key"]).code(2);
    run(good, &[]).code(0);
}

#[test]
fn the_table_shows_every_field_of_every_filter() {
    let text = "{\"commonName\": \"Orders*\", \"organizationalUnit\": \"Payments\"} {\"organization\": \"CertProof\"}";
    let shown = run(text, &["--client", CLIENT]).code(0);
    let shown = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
    let table: Vec<_> =
        shown.lines().skip_while(|line| !line.starts_with("filter ")).take(7).map(str::trim_end).collect();
    assert_eq!(
        table,
        [
            "filter  cn   o    ou   san  all",
            "1       yes  -    no   -    no",
            "        cn   `Orders*` matches `orders.f45a2`",
            "        ou   `Payments`, and the certificate has none",
            "2       -    yes  -    -    yes",
            "        o    `CertProof` matches `certproof`",
            "any                         yes",
        ]
    );
    assert!(shown.contains("\ndocumented: ") && shown.contains("\ninferred: "), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let has_colour = predicate::str::contains("\u{1b}[3");
    let text = "{\"commonName\": \"x\"}";
    run(text, &["--client", CLIENT]).stdout(has_colour.clone().not());
    run(text, &["--client", CLIENT, "--color", "always"]).stdout(has_colour.clone());
    let quiet = certproof().env("NO_COLOR", "1").args(["filters", "-", "--client", CLIENT]).write_stdin(text).assert();
    quiet.stdout(has_colour.not());
}

#[test]
fn json_holds_the_cells_and_the_version_of_its_shape() {
    let text = "{\"commonName\": \"x\"}\n{\"organization\": \"certproof\", \"subjectAlternativeName\": \"y\"}";
    let assert = run(text, &["--client", CLIENT, "--format", "json"]).code(1);
    let shown: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(shown["schema_version"], 1);
    let file = &shown["files"][0];
    assert_eq!(
        (&file["decision"], &file["nearest"], &file["spelling"]),
        (&"refuse".into(), &1.into(), &"cloud-cli".into())
    );
    assert_eq!(file["filters"][1]["first_line"], 2);
    let cells = file["rows"][1]["cells"].as_array().unwrap();
    let matches: Vec<_> = cells.iter().map(|cell| cell["matches"].as_bool()).collect();
    assert_eq!(matches, [None, Some(true), None, Some(false)]);
}

#[test]
fn several_files_are_joined_for_another_tool() {
    let folder = tempdir().unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    std::fs::write(&one, "[{\"commonName\": \"A\"}]").unwrap();
    std::fs::write(&two, "certificate_filters = [{ organization = \"b\" }, { common_name = \"A\" }]").unwrap();
    certproof()
        .arg("filters")
        .args([&one, &two])
        .args(["--to", "cloud-cli"])
        .assert()
        .code(0)
        .stdout("--certificate-filter '{\"commonName\":\"A\"}' \\\n--certificate-filter '{\"organization\":\"b\"}' \\\n--certificate-filter '{\"commonName\":\"A\"}'\n")
        .stderr(predicate::str::contains("filter 3 is there twice"));
}

#[test]
fn what_is_no_filter_is_never_shown() {
    const CANARY: &str = "hunter2canary";
    let key = std::fs::read_to_string(root().join("testdata/rules/filter-no-match/pass/client.key")).unwrap();
    for text in [
        format!("{{\"filters\": [{{\"{CANARY}\": \"{CANARY}\", \"commonName\": \"a\"}}]}}"),
        format!("{{\"filters\": [{{\"commonName\": [\"{CANARY}\"]}}]}}"),
        format!("{{\"commonName\": {CANARY}}}"),
        format!("password = \"{CANARY}\""),
        format!("certificate_filters = [{{ common_name = {CANARY} }}]"),
        format!("certificate_filters = [{{ common_name = \"${{{CANARY}}}\" }}]"),
        format!("{{\"spec\": {{\"{CANARY}\": \"{CANARY}\"}}}}"),
        key.replace("-----BEGIN", CANARY),
    ] {
        for format in ["full", "json"] {
            let assert = run(&text, &["--client", CLIENT, "--format", format]);
            let output = assert.get_output();
            let shown = String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap();
            assert!(!shown.contains(CANARY), "{text}\n{shown}");
        }
    }
}

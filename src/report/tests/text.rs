//! Formats for people who read text: markdown and table.

use super::*;

#[test]
fn markdown_tables_keep_their_columns() {
    each_document(|name, document| {
        let text = written("markdown", document, WIDE);
        let bars = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        let mut columns = None;
        for line in text.lines() {
            if !line.starts_with('|') {
                columns = None;
                continue;
            }
            let count = *columns.get_or_insert_with(|| bars(line));
            assert_eq!(bars(line), count, "{name}: {line}");
        }
        assert!(!text.contains("<script") && !text.contains("javascript:"), "{name}");
    });
}

#[test]
fn tables_fit_and_colour_only_decorates() {
    let rows = rows();
    let document = Document::Rows(&rows);
    let narrow = Style { width: 40, color: false, terminal: true };
    let text = written("table", &document, narrow);
    assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
    assert!(text.contains("NULL") && text.ends_with("3 rows\n"), "{text}");
    each_document(|name, document| {
        let plain = written("table", document, Style { color: false, ..WIDE });
        let mut colored = written("table", document, Style { color: true, ..WIDE });
        assert!(colored.contains('\u{1b}'), "{name}");
        while let Some(start) = colored.find('\u{1b}') {
            let end = start + colored[start..].find('m').unwrap();
            colored.replace_range(start..=end, "");
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&colored), words(&plain), "{name}");
    });
}

#[test]
fn rows_too_wide_for_columns_stand_one_below_the_other() {
    let names: Vec<String> = (0..9).map(|index| format!("column_{index}")).collect();
    let schema =
        Arc::new(Schema::new(names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>()));
    let long = "x".repeat(100_000);
    let column: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column; 9]).unwrap();
    let rows = Rows { schema, batches: vec![batch] };
    let text = written("table", &Document::Rows(&rows), Style { width: 80, ..WIDE });
    assert!(text.starts_with("── row 1 ─"), "{}", &text[..80]);
    assert_eq!(text.matches(&long).count(), 9);
    written("table", &Document::Rows(&rows), WIDE);
}

#[test]
fn a_run_of_checks_reads_from_worst_to_best() {
    let text = written("table", &Document::Checks(&checks()), WIDE);
    let in_order = [
        "fail 2   unknown 1   manual 1   pass 1   not applicable 1",
        "6 findings of 5 checks",
        "hours = 3",
        "read 4 of 9 scopes, 5 not read",
        "denied, AuthorizationFailed; reading it takes Microsoft.Compute/virtualMachines/read",
        "azure_vm  s-1",
        "azure_vm  and 2 more scopes",
        "microsoft.compute/disks in s1: 1 row collected (azure_managed_disk), 3 counted by Resource Graph",
        "azure_disk",
        "a_high   high",
        "b_low    low",
        "c_blind  critical",
        "d_judge  medium",
        "e_none   medium",
        "Failed and unknown",
        "high  title of a_high",
        "fail     =x\"'`|</script><script>alert(1)</script>\\n\\u{1b}[2J\\u{9b}31m\\u{202e}\\u{200b}\\u{2028}end",
        "low  title of b_low",
        "critical  title of c_blind",
        "unknown  /subscriptions/s-1",
        "Not yet: 1 control without a check",
        "pack_a:9.9",
    ];
    let mut rest = text.as_str();
    for part in in_order {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is not in order in\n{text}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!text.contains("because of fine"), "passing findings are counted, not listed");
}

#[test]
fn a_difference_keeps_classes_apart() {
    let text = written("table", &Document::Diff(&diff()), WIDE);
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part:?} is not in\n{text}"));
    assert!(at("Changes: the tenant changed") < at("size") && at("size") < at("Changes: one side was not read"));
    assert!(at("Changes: one side was not read") < at("name of unseen"));
    assert!(text.contains("\"1\" -> 1") && text.contains("NULL -> \"=x"), "{text}");
    assert!(text.contains("absent -> fail  a_high"), "{text}");
}

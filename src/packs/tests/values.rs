//! Rows that were read with single values missing, and subjects that the SQL loses for want of them.

use super::*;

#[test]
fn gaps_of_single_values() {
    // The column is read: the row's own verdict goes, not its neighbour's.
    machines(
        r#"given.azure_vm = [{ name = "good" }, { name = "bad", _gaps = ["location"] }, { name = "manual", _gaps = ["location"] }]
           expect = { good = "pass", bad = "unknown", manual = "manual" }"#,
    );
    // A column the SQL does not mention changes nothing.
    machines(
        r#"given.azure_vm = [{ name = "good", _gaps = ["zones"] }]
           expect = { good = "pass" }"#,
    );
    // SQL that asks for the gap itself has the last word.
    case(
        "azure_vm",
        "\"azure_vm\"",
        "",
        &format!("{MACHINES} WHERE NOT list_contains(coalesce(v._gaps, []), 'location')"),
        r#"given.azure_vm = [{ name = "good" }, { name = "bad", _gaps = ["location"] }]
           expect = { good = "pass" }"#,
    );
}

#[test]
fn gaps_in_rows_of_other_tables() {
    let nics = |text: &str| {
        case(
            "azure_vm",
            "\"azure_vm\", \"azure_nic\"",
            "",
            &format!("{MACHINES} LEFT JOIN azure_nic AS n ON n.location = 'nowhere'"),
            text,
        );
    };
    // The interface is no part of any machine's id: every machine of the subscription may rest on it.
    nics(
        r#"given.azure_vm = [{ name = "good" }, { name = "bad", subscription_id = "S2" }]
           given.azure_nic = [{ name = "n", _gaps = ["location"] }]
           expect = { good = "unknown", bad = "fail" }"#,
    );
    // Nothing to be judged there, but nobody knows that.
    nics(
        r#"given.azure_nic = [{ name = "n", _gaps = ["location"] }]
           expect = { "/subscriptions/S1" = "unknown" }"#,
    );
    nics(
        r#"given.azure_nic = [{ id = "/x/good/n", _gaps = ["location"] }, { id = "/y/n", _parent_id = "/x/bad", _gaps = ["location"] }]
           given.azure_vm = [{ id = "/x/good", name = "good" }, { id = "/x/bad", name = "bad" }, { id = "/x/other", name = "other" }]
           expect = { good = "unknown", bad = "unknown", other = "pass" }"#,
    );
}

#[test]
fn a_subject_that_the_query_lost_is_told() {
    case(
        "azure_vm",
        "\"azure_vm\"",
        "",
        &format!("{MACHINES} WHERE v.location = 'west'"),
        r#"given.azure_vm = [{ name = "good", location = "west" }, { name = "gone", _gaps = ["location"] }, { name = "east", location = "east" }]
           expect = { good = "pass", gone = "unknown" }"#,
    );
}

//! What SQL says stands, unless a scope was not read: a subscription, the tenant, or the list of subscriptions.

use super::*;

#[test]
fn sql_speaks_and_null_is_unknown() {
    machines(
        r#"given.azure_vm = [{ name = "good" }, { name = "bad" }, { name = "manual" }, { name = "odd" }]
           expect = { good = "pass", bad = "fail", manual = "manual", odd = "unknown" }"#,
    );
}

#[test]
fn a_subscription_without_subjects_is_not_applicable_when_it_was_read() {
    machines(r#"expect = { "/subscriptions/S1" = "not_applicable" }"#);
    machines(
        r#"given.azure_vm = [{ name = "good" }]
           ledger = [{ table = "azure_vm", subscription = "S2", status = "ok" }]
           expect = { good = "pass", "/subscriptions/S2" = "not_applicable" }"#,
    );
    machines(
        r#"given.azure_subscription = [{ subscription_id = "S1" }, { subscription_id = "S2" }]
           ledger = [{ table = "azure_vm", subscription = "S2", status = "throttled" }]
           expect = { "/subscriptions/S1" = "not_applicable", "/subscriptions/S2" = "unknown" }"#,
    );
}

#[test]
fn every_status_is_knowledge_or_a_gap() {
    for (status, expected) in [
        ("ok", "good = \"pass\""),
        ("not_registered", "good = \"pass\""),
        ("unsupported", "good = \"pass\""),
        ("license", "good = \"pass\""),
        ("retired", "good = \"pass\""),
        ("partial", "\"/subscriptions/S1\" = \"unknown\""),
        ("denied", "\"/subscriptions/S1\" = \"unknown\""),
        ("not_found", "\"/subscriptions/S1\" = \"unknown\""),
        ("throttled", "\"/subscriptions/S1\" = \"unknown\""),
        ("error", "\"/subscriptions/S1\" = \"unknown\""),
        ("not_collected", "\"/subscriptions/S1\" = \"unknown\""),
        ("absent", "\"/subscriptions/S1\" = \"unknown\""),
    ] {
        machines(&format!(
            "given.azure_vm = [{{ name = \"good\" }}]\nledger = [{{ table = \"azure_vm\", subscription = \"S1\", status = \"{status}\" }}]\nexpect = {{ {expected} }}"
        ));
    }
}

#[test]
fn a_gap_in_one_subscription_leaves_the_others() {
    machines(
        r#"given.azure_vm = [{ name = "good" }, { name = "bad" }, { name = "far", subscription_id = "S2" }]
           ledger = [{ table = "azure_vm", subscription = "S1", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", far = "pass" }"#,
    );
    // Rows above subscriptions rest on all of them.
    case(
        "azure_account",
        "\"azure_account\", \"azure_vm\"",
        "",
        "SELECT a.id AS subject, a.id AS resource_id, NULL AS subscription_id, 'pass' AS verdict, 'no bad machine' AS reason FROM azure_account AS a WHERE NOT EXISTS (SELECT 1 FROM azure_vm WHERE name = 'bad')",
        r#"given.azure_account = [{}]
           given.azure_vm = [{ name = "good" }]
           ledger = [{ table = "azure_vm", subscription = "S1", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", "TENANT" = "unknown" }"#,
    );
}

#[test]
fn manual_and_proven_fails_stand() {
    machines(
        r#"given.azure_vm = [{ name = "manual" }, { name = "good" }]
           ledger = [{ table = "azure_vm", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", manual = "manual" }"#,
    );
    case(
        "azure_vm",
        "\"azure_vm\", \"azure_nic\"",
        "-- proven_fail = true\n",
        &format!("{MACHINES} WHERE 0 = (SELECT count(*) FROM azure_nic WHERE name = 'no such')"),
        r#"given.azure_vm = [{ name = "good" }, { name = "bad" }, { name = "odd" }]
           ledger = [{ table = "azure_nic", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", bad = "fail" }"#,
    );
    // A row about the very place that was not read stays the only finding about it.
    case(
        "azure_subscription",
        "\"azure_subscription\", \"azure_vm\"",
        "",
        "SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'manual' AS verdict, 'look' AS reason FROM azure_subscription AS s LEFT JOIN azure_vm AS v ON FALSE",
        r#"given.azure_subscription = [{}]
           ledger = [{ table = "azure_vm", status = "denied" }]
           expect = { "/subscriptions/S1" = "manual" }"#,
    );
}

#[test]
fn a_gap_in_the_tenant_touches_everything() {
    let users = |text: &str| case("azure_user", "\"azure_user\"", "", USERS, text);
    users(r#"expect = { "TENANT" = "not_applicable" }"#);
    users(
        r#"given.azure_user = [{ name = "u" }]
           ledger = [{ table = "azure_user", status = "denied" }]
           expect = { "TENANT" = "unknown" }"#,
    );
    case(
        "azure_vm",
        "\"azure_vm\", \"azure_user\"",
        "",
        &format!("{MACHINES} LEFT JOIN azure_user AS u ON FALSE"),
        r#"given.azure_vm = [{ name = "good" }, { name = "bad", subscription_id = "S2" }]
           ledger = [{ table = "azure_user", status = "license" }, { table = "azure_vm", subscription = "S2", status = "error" }]
           expect = { good = "pass", "/subscriptions/S2" = "unknown" }"#,
    );
    case(
        "azure_vm",
        "\"azure_vm\", \"azure_user\"",
        "",
        &format!("{MACHINES} LEFT JOIN azure_user AS u ON FALSE"),
        r#"given.azure_vm = [{ name = "good" }, { name = "manual", subscription_id = "S2" }]
           ledger = [{ table = "azure_user", status = "absent" }, { table = "azure_vm", subscription = "S2", status = "error" }]
           expect = { "TENANT" = "unknown", "/subscriptions/S2" = "unknown", manual = "manual" }"#,
    );
}

#[test]
fn an_unread_list_of_subscriptions_is_told() {
    machines(
        r#"given.azure_vm = [{ name = "good" }]
           ledger = [{ table = "azure_subscription", status = "denied" }]
           expect = { good = "pass", "TENANT" = "unknown" }"#,
    );
    case(
        "azure_user",
        "\"azure_user\"",
        "",
        USERS,
        r#"given.azure_user = [{ name = "u" }]
           ledger = [{ table = "azure_subscription", status = "denied" }]
           expect = { u = "pass" }"#,
    );
}

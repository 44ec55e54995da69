//! Gaps below single parents: whom they touch depends on what the parent is to the subject.

use super::*;

#[test]
fn a_gap_below_one_parent() {
    // Extensions hang on machines: only the machine that refused is unknown.
    let extensions = |text: &str| {
        case(
            "azure_vm",
            "\"azure_vm\", \"azure_vm_extension\"",
            "",
            &format!("{MACHINES} LEFT JOIN azure_vm_extension AS e ON FALSE"),
            text,
        );
    };
    extensions(
        r#"given.azure_vm = [{ id = "/subscriptions/S1/x/a", name = "good" }, { id = "/subscriptions/S1/x/b", name = "bad" }, { id = "/subscriptions/S1/x/bb", name = "good" }]
           ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/S1/x/b", status = "denied" }]
           expect = { a = "pass", b = "unknown", bb = "pass" }"#,
    );
    extensions(
        r#"given.azure_vm = [{ id = "/subscriptions/S1/x/a", name = "good" }]
           ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/S1/x/a", status = "unsupported" }]
           expect = { a = "pass" }"#,
    );
    // The parent may not be a subject at all.
    extensions(
        r#"given.azure_vm = [{ id = "/subscriptions/S1/x/a", name = "good" }]
           ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/S1/x/z", status = "throttled" }]
           expect = { a = "pass", z = "unknown" }"#,
    );
}

#[test]
fn a_gap_below_a_parent_of_another_kind_touches_all() {
    // Nobody can tell which users the unread group holds.
    let users = |text: &str| {
        case(
            "azure_user",
            "\"azure_user\", \"azure_group_member\"",
            "",
            &format!("{USERS} LEFT JOIN azure_group_member AS m ON FALSE"),
            text,
        );
    };
    users(
        r#"given.azure_user = [{ name = "u" }, { name = "v" }]
           ledger = [{ table = "azure_group_member", parent = "g", status = "denied" }]
           expect = { u = "unknown", v = "unknown", g = "unknown" }"#,
    );
    // The group itself as the subject: only that group.
    case(
        "azure_user_group",
        "\"azure_user_group\", \"azure_group_member\"",
        "",
        "SELECT g.id AS subject, g.id AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason FROM azure_user_group AS g LEFT JOIN azure_group_member AS m ON FALSE",
        r#"given.azure_user_group = [{ name = "g" }, { name = "h" }]
           ledger = [{ table = "azure_group_member", parent = "g", status = "denied" }]
           expect = { g = "unknown", h = "pass" }"#,
    );
    // Rows of a parent that was read in part are known by their parent, whatever their ids look like.
    case(
        "azure_group_member",
        "\"azure_group_member\"",
        "",
        "SELECT m.id AS subject, m.id AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason FROM azure_group_member AS m",
        r#"given.azure_group_member = [{ id = "one", _parent_id = "g" }, { id = "two", _parent_id = "h" }]
           ledger = [{ table = "azure_group_member", parent = "g", status = "partial" }]
           expect = { g = "unknown", two = "pass" }"#,
    );
}

#[test]
fn what_lies_above_a_gap_rests_on_it() {
    case(
        "azure_subscription",
        "\"azure_subscription\", \"azure_vm_extension\"",
        "",
        "SELECT s.id AS subject, s.id AS resource_id, s.subscription_id, 'pass' AS verdict, '' AS reason FROM azure_subscription AS s LEFT JOIN azure_vm_extension AS e ON FALSE",
        r#"given.azure_subscription = [{ subscription_id = "S1" }, { subscription_id = "S2" }]
           ledger = [{ table = "azure_vm_extension", parent = "/subscriptions/S1/x/a", status = "denied" }]
           expect = { "/subscriptions/S1" = "unknown", "/subscriptions/S2" = "pass", "/subscriptions/S1/x/a" = "unknown" }"#,
    );
}

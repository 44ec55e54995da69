//! What is refused or found out: rows of another form, cases that do not hold, SQL that escapes the rule.

use super::*;

#[test]
fn rows_of_another_form_are_errors() {
    let error = |sql: &str| {
        let check = check_of("azure_vm", "\"azure_vm\"", "-- [[case]]\n-- title = \"c\"\n-- expect = {}\n", sql);
        CaseBench::new(&check).unwrap().run(&check.cases[0]).unwrap_err().message
    };
    for (sql, expected) in [
        (
            "SELECT 1 AS subject",
            "check rule: its columns must begin with subject, resource_id, subscription_id, verdict, reason, but are subject",
        ),
        (
            "SELECT 'a' AS subject, NULL AS resource_id, NULL AS subscription_id, 'unknown' AS verdict, '' AS reason",
            "check rule: the verdict of a is `unknown`, not pass, fail, not_applicable, manual or NULL",
        ),
        (
            "SELECT 'a' AS subject, NULL AS resource_id, NULL AS subscription_id, 'PASS' AS verdict, '' AS reason",
            "check rule: the verdict of a is `PASS`, not pass, fail, not_applicable, manual or NULL",
        ),
        (
            "SELECT x AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason FROM (VALUES ('a'), ('a')) AS t(x)",
            "check rule: the subject a is there twice",
        ),
        (
            "SELECT NULL AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason",
            "check rule: a row has no subject",
        ),
        (
            "SELECT 'a' AS subject, NULL AS resource_id, NULL AS subscription_id, 'pass' AS verdict, '' AS reason, 1 AS x, 2 AS x",
            "check rule: the column x is there twice",
        ),
        ("SELECT nothing FROM azure_vm", "check rule cannot be run: "),
    ] {
        let found = error(sql);
        assert!(found.starts_with(expected), "{found}");
    }
    let fails = |check: &Check| CaseBench::new(check).err().unwrap();
    assert_eq!(
        fails(&check_of("azure_vm", "\"azure_vm\"", "", "SELECT 1 FROM azure_nic")),
        "check rule reads azure_nic, which neither `tables` nor `optional` of its front matter names"
    );
    let said = fails(&check_of("azure_vm", "\"azure_vmm\"", "", "SELECT 1"));
    assert!(
        said.starts_with("check rule names the table azure_vmm, which does not exist (did you mean azure_vm"),
        "{said}"
    );
}

#[test]
fn cases_find_what_differs() {
    let failure = |text: &str| {
        let lines: String = text.lines().map(|line| format!("-- {}\n", line.trim())).collect();
        let check = check_of("azure_vm", "\"azure_vm\"", &format!("-- [[case]]\n-- title = \"c\"\n{lines}"), MACHINES);
        run_case(&check, &check.cases[0]).unwrap_err().to_string()
    };
    assert_eq!(
        failure(
            "given.azure_vm = [{ name = \"good\" }, { name = \"bad\" }]\nexpect = { good = \"fail\", other = \"pass\" }"
        ),
        format!(
            "check rule, case \"c\": /subscriptions/{S1}/resourcegroups/rg/providers/microsoft.compute/virtualmachines/bad is fail (said by SQL), which is not expected; \
             /subscriptions/{S1}/resourcegroups/rg/providers/microsoft.compute/virtualmachines/good is pass (said by SQL), expected fail; no finding about other, expected pass"
        )
    );
    assert_eq!(
        failure("given.azure_vm = [{ nmae = \"good\" }]\nexpect = {}"),
        "check rule, case \"c\": row of azure_vm: there is no column nmae"
    );
    assert_eq!(
        failure("ledger = [{ table = \"azure_vm\", status = \"lost\" }]\nexpect = {}"),
        "check rule, case \"c\": `lost` is no status of the ledger"
    );
}

#[test]
fn a_refused_table_leaves_no_verdict() {
    let cases = "-- [[case]]\n-- title = \"c\"\n-- given.azure_vm = [{ name = \"good\" }, { name = \"bad\" }]\n-- expect = { good = \"pass\", bad = \"fail\" }\n";
    denied_gives_unknown(&check_of("azure_vm", "\"azure_vm\"", cases, MACHINES)).unwrap();
    // SQL that makes up its subscription ids escapes the rule, and is found out.
    let sql = MACHINES.replace("v.subscription_id", "'elsewhere' AS subscription_id");
    let said = denied_gives_unknown(&check_of("azure_vm", "\"azure_vm\"", cases, &sql)).unwrap_err();
    assert!(said.starts_with("azure_vm denied, case \"c\": ") && said.ends_with(" is still fail"), "{said}");
}

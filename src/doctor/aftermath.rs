//! After a run: the rows of a snapshot's ledger in, what was lost for want of which permission out, facts apart.

use super::DoctorError;
use super::choice::Choice;
use super::codes::{Code, Severity, find};
use super::losses::{ALL_READS, TENANT, numbers};
use super::report::{Aftermath, Fact, Loss, Outcome};
use super::signal::{Asked, Refused, Shown};
use super::signals::asked_of;
use crate::catalog::route::{arm_type_of, same_type};
use crate::catalog::{SUBSCRIPTIONS, TableSpec};
use crate::packs::Check;
use crate::store::inherit::PARENT_NOT_READ;
use crate::store::{LedgerRow, Status};
use std::collections::{BTreeMap, BTreeSet};

/// What a ledger says of a list that may leave out what the principal cannot see.
const NOT_PROVEN: &str = "NotProvenComplete";
/// What it says of what the user left out.
const DESELECTED: &str = "Deselected";
/// What it says of calls for which there was no token any more.
const TOKEN_FAILED: &str = "TokenFailed";
/// The table above subscriptions that checks rest on as a whole.
const MANAGEMENT_GROUPS: &str = "azure_management_group";

/// Tells what a run lost.
///
/// # Errors
/// A spec is bad.
pub fn aftermath(
    choice: &Choice<'_>,
    snapshot: &str,
    tenant_id: &str,
    rows: &[LedgerRow],
) -> Result<Aftermath, DoctorError> {
    let mut sums = Sums { choice, codes: BTreeMap::new(), losses: BTreeMap::new(), facts: BTreeMap::new() };
    let chosen = |row: &&LedgerRow| choice.tables.contains(row.table_name.as_str());
    let meant = |row: &&LedgerRow| row.code.as_deref() != Some(DESELECTED) && row.status != Status::Ok;
    let (below, own): (Vec<&LedgerRow>, Vec<&LedgerRow>) =
        rows.iter().filter(chosen).filter(meant).partition(|row| row.code.as_deref() == Some(PARENT_NOT_READ));
    // What hangs on a lost table is counted with it, so that goes first.
    for row in own.into_iter().chain(below) {
        sums.add(row)?;
    }
    Ok(sums.into_aftermath(snapshot, tenant_id))
}

/// What losses have in common: the permission, the code, and what the ledger says.
type Reason = (Option<String>, Option<&'static str>, String);

#[derive(Default)]
struct Sum {
    scopes: BTreeSet<String>,
    tables: BTreeSet<String>,
    in_part: BTreeSet<String>,
    checks: BTreeSet<String>,
    said: Option<String>,
}

struct Sums<'s> {
    choice: &'s Choice<'s>,
    /// Codes of refusals by what a ledger row keeps of them: what hangs on a refused table repeats it.
    codes: BTreeMap<(Option<String>, Status, String), Option<&'static Code>>,
    losses: BTreeMap<Reason, Sum>,
    facts: BTreeMap<(Status, Option<&'static str>), Sum>,
}

impl Sums<'_> {
    fn add(&mut self, row: &LedgerRow) -> Result<(), DoctorError> {
        let catalog = self.choice.catalog;
        let spec = catalog.table(&row.table_name)?;
        let source = catalog.source_of(spec)?;
        let refused = Refused::of_ledger(row.http_status, row.error_code.as_deref(), row.error_message.as_deref());
        let permission = row.permission.clone().unwrap_or_else(|| source.permission.clone());
        let is_below = row.code.as_deref() == Some(PARENT_NOT_READ);
        let key = (Some(permission.clone()), row.status, without_inner(row));
        let code = match self.codes.get(&key).filter(|_| is_below) {
            Some(code) => *code,
            None => code_of(source, row, &refused),
        };
        if !is_below {
            self.codes.insert(key, code);
        }
        if row.status.is_knowledge() {
            let sum = self.facts.entry((row.status, code.map(|code| code.code))).or_default();
            sum.take(row, &refused);
            return Ok(());
        }
        // A licence that is missing is no permission that is.
        let is_fact = code.is_some_and(|code| code.severity == Severity::Fact);
        let (permission, code) = match (row.status, row.code.as_deref()) {
            (Status::Denied, _) if !is_fact => (Some(permission), code),
            (_, Some(NOT_PROVEN)) => (Some(ALL_READS.to_owned()), find("ARM305")),
            _ => (None, code),
        };
        let reason = (permission, code.map(|code| code.code), why(row, &refused));
        let checks: Vec<String> = self.checks(spec, row)?.map(|check| check.slug.clone()).collect();
        let sum = self.losses.entry(reason).or_default();
        sum.take(row, &refused);
        sum.checks.extend(checks);
        Ok(())
    }

    /// The checks that a row makes unknown.
    fn checks<'c>(
        &'c self,
        spec: &'c TableSpec,
        row: &'c LedgerRow,
    ) -> Result<impl Iterator<Item = &'c Check>, DoctorError> {
        let mut found = Vec::new();
        for check in &self.choice.checks {
            if check.needs().any(|table| table == spec.name) && self.touches(check, spec, row)? {
                found.push(*check);
            }
        }
        Ok(found.into_iter())
    }

    /// Of a table that hangs on many, a check is touched by the parents that it names, if it names any.
    fn touches(&self, check: &Check, spec: &TableSpec, row: &LedgerRow) -> Result<bool, DoctorError> {
        let fetch = &spec.fetch;
        let above = |parent: &String| parent == SUBSCRIPTIONS || parent == MANAGEMENT_GROUPS;
        let named: Vec<&String> =
            fetch.parents.iter().filter(|parent| check.needs().any(|need| need == *parent)).collect();
        let all = named.is_empty() || named.len() == fetch.parents.len();
        if all || fetch.reference.is_some() || fetch.parents.iter().any(above) {
            return Ok(true);
        }
        let Some(kind) = row.parent_id.as_deref().map(arm_type_of) else {
            // A parent that was not read has a row of its own.
            return Ok(row.code.as_deref() != Some(PARENT_NOT_READ));
        };
        let Some(kind) = kind else { return Ok(true) };
        for parent in named {
            let own = self.choice.catalog.table(parent)?.arm_type.as_deref();
            if own.is_none_or(|own| same_type(own, &kind)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn into_aftermath(self, snapshot: &str, tenant_id: &str) -> Aftermath {
        let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>();
        let losses = self.losses.into_iter().map(|((permission, code, why), sum)| Loss {
            permission,
            code,
            why,
            scopes: list(sum.scopes),
            tables_in_part: list(sum.in_part.difference(&sum.tables).cloned().collect()),
            tables: list(sum.tables),
            checks: list(sum.checks),
            detail: sum.said,
        });
        let (missing, other): (Vec<Loss>, Vec<Loss>) = losses.partition(|loss| loss.permission.is_some());
        let facts = self.facts.into_iter().map(|((status, code), sum)| Fact {
            status: status.word().to_owned(),
            code,
            scopes: list(sum.scopes),
            tables: list(sum.tables),
        });
        Aftermath {
            outcome: if missing.is_empty() && other.is_empty() { Outcome::Ready } else { Outcome::TablesMissing },
            snapshot: snapshot.to_owned(),
            tenant_id: tenant_id.to_owned(),
            missing,
            other,
            facts: facts.filter(|fact| fact.status != Status::Unsupported.word()).collect(),
        }
    }
}

impl Sum {
    fn take(&mut self, row: &LedgerRow, refused: &Refused) {
        let scope = if row.scope_kind == TENANT { TENANT } else { &row.scope_id };
        self.scopes.insert(scope.to_owned());
        let tables = if row.status == Status::Partial { &mut self.in_part } else { &mut self.tables };
        tables.insert(row.table_name.clone());
        self.said = self.said.take().or_else(|| Some(refused.said.clone()).filter(|said| !said.is_empty()));
    }
}

/// The code of a row; an import knows that something was denied, but not by which number.
fn code_of(spec: &TableSpec, row: &LedgerRow, refused: &Refused) -> Option<&'static Code> {
    let asked = if row.code.as_deref() == Some(TOKEN_FAILED) { Asked::Token } else { asked_of(spec) };
    match refused.shows(asked) {
        Shown::Code(code) => Some(code),
        Shown::Nothing if row.status == Status::Denied && refused.status.is_none() => find(match asked {
            Asked::Graph => "GRF202",
            Asked::Subscription => "ARM302",
            Asked::ManagementGroups => "ARM306",
            Asked::Arm { .. } => "ARM305",
            Asked::Vault => "KV308",
            Asked::Data | Asked::Token => return None,
        }),
        Shown::Denied | Shown::Nothing => None,
    }
}

/// Status and code of the answer, as what hangs on the table repeats them.
fn without_inner(row: &LedgerRow) -> String {
    format!("{:?} {:?}", row.http_status, row.error_code)
}

/// What the ledger says: status, numbers, and its own word.
fn why(row: &LedgerRow, refused: &Refused) -> String {
    let mut parts = vec![row.status.word().to_owned()];
    parts.extend(refused.status.map(|_| numbers(refused)));
    parts.extend(row.code.clone().filter(|code| code != PARENT_NOT_READ));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::doctor::Wanted;
    use crate::packs::Library;

    fn row(table: &str, scope: &str, status: Status) -> LedgerRow {
        let kind = if scope == "t" { "tenant" } else { "subscription" };
        let permission = Catalog::bundled().table(table).unwrap().permission.clone();
        LedgerRow { status, permission: Some(permission), ..LedgerRow::new(table, kind, scope) }
    }

    fn refused(table: &str, scope: &str, http: i64, code: &str) -> LedgerRow {
        let status = Status::of_answer(u16::try_from(http).unwrap(), Some(code));
        LedgerRow { http_status: Some(http), error_code: Some(code.to_owned()), ..row(table, scope, status) }
    }

    fn with_code(row: LedgerRow, code: &str) -> LedgerRow {
        LedgerRow { code: Some(code.to_owned()), ..row }
    }

    fn tell(rows: &[LedgerRow]) -> Aftermath {
        let library = Library::few();
        let choice = Choice::new(Catalog::bundled(), &library, &Wanted::default()).unwrap();
        aftermath(&choice, "s", "t", rows).unwrap()
    }

    /// Permission, code, what the ledger says, scopes, tables, checks.
    type Told<'t> = (Option<&'t str>, Option<&'t str>, &'t str, &'t [&'t str], &'t [&'t str], &'t [&'t str]);

    fn check(rows: &[LedgerRow], expected: &[Told<'_>]) {
        let found = tell(rows);
        let all: Vec<_> = found.missing.iter().chain(&found.other).collect();
        let found: Vec<_> = all
            .iter()
            .map(|loss| {
                let tables: Vec<&str> = loss.tables.iter().chain(&loss.tables_in_part).map(String::as_str).collect();
                let scopes: Vec<&str> = loss.scopes.iter().map(String::as_str).collect();
                let checks: Vec<&str> = loss.checks.iter().map(String::as_str).collect();
                (loss.permission.as_deref(), loss.code, loss.why.as_str(), scopes, tables, checks)
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(permission, code, why, scopes, tables, checks)| {
                (*permission, *code, *why, scopes.to_vec(), tables.to_vec(), checks.to_vec())
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn losses_by_permission() {
        let sql = "Microsoft.Sql/servers/read";
        let firewall = LedgerRow {
            permission: Some(sql.to_owned()),
            ..with_code(refused("azure_sql_server_firewall_rule", "a", 403, "AuthorizationFailed"), PARENT_NOT_READ)
        };
        check(
            &[
                firewall,
                refused("azure_sql_server", "a", 403, "AuthorizationFailed"),
                refused("azure_sql_server", "b", 403, "AuthorizationFailed"),
                row("azure_vm", "a", Status::Ok),
                with_code(row("azure_lb", "a", Status::NotCollected), DESELECTED),
            ],
            &[(
                Some(sql),
                Some("ARM305"),
                "denied, 403 AuthorizationFailed",
                &["a", "b"],
                &["azure_sql_server", "azure_sql_server_firewall_rule"],
                &["sql_server_no_any_ip_ingress"],
            )],
        );
        // Without a number (an import) the API tells the code.
        check(
            &[row("azure_sql_server", "a", Status::Denied)],
            &[(Some(sql), Some("ARM305"), "denied", &["a"], &["azure_sql_server"], &["sql_server_no_any_ip_ingress"])],
        );
        check(
            &[refused("azure_management_group", "t", 403, "AuthorizationFailed")],
            &[(
                Some("Microsoft.Management/managementGroups/read"),
                Some("ARM306"),
                "denied, 403 AuthorizationFailed",
                &["tenant"],
                &["azure_management_group"],
                &["policy_jit_monitoring_not_disabled"],
            )],
        );
        let pim = LedgerRow {
            error_message: Some(r#"{"errorCode":"PermissionScopeNotGranted"}"#.to_owned()),
            ..refused("azure_ad_role_eligibility_schedule_instance", "t", 403, "UnknownError")
        };
        check(
            &[pim],
            &[(
                Some("RoleEligibilitySchedule.Read.Directory or RoleManagement.Read.Directory"),
                Some("GRF204"),
                "denied, 403 UnknownError PermissionScopeNotGranted",
                &["tenant"],
                &["azure_ad_role_eligibility_schedule_instance"],
                &[],
            )],
        );
        let list = with_code(row("azure_resource_group", "a", Status::Partial), NOT_PROVEN);
        check(
            &[list],
            &[(Some("*/read"), Some("ARM305"), "partial, NotProvenComplete", &["a"], &["azure_resource_group"], &[])],
        );
    }

    #[test]
    fn losses_for_other_reasons() {
        check(
            &[
                with_code(row("azure_web_app", "a", Status::Error), "Unavailable"),
                LedgerRow {
                    status: Status::Error,
                    ..with_code(refused("azure_lb", "a", 401, "AADSTS7000222"), TOKEN_FAILED)
                },
                refused(
                    "azure_user_registration_details",
                    "t",
                    403,
                    "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                ),
            ],
            &[
                (
                    None,
                    None,
                    "error, Unavailable",
                    &["a"],
                    &["azure_web_app"],
                    &["webapp_https_only", "webapp_min_tls_1_2"],
                ),
                (None, Some("AUTH102"), "error, 401 AADSTS7000222, TokenFailed", &["a"], &["azure_lb"], &[]),
                (
                    None,
                    Some("GRF206"),
                    "denied, 403 Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                    &["tenant"],
                    &["azure_user_registration_details"],
                    &[],
                ),
            ],
        );
    }

    #[test]
    fn facts_are_no_losses() {
        let rows = [
            refused("azure_ad_role_eligibility_schedule_instance", "t", 400, "AadPremiumLicenseRequired"),
            refused("azure_security_assessment", "a", 404, "Subscription Not Registered"),
            refused("azure_databricks_workspace", "a", 409, "MissingSubscriptionRegistration"),
            row("azure_classic_admin_group", "a", Status::Retired),
            row("azure_storage_queue", "a", Status::Unsupported),
        ];
        let found = tell(&rows);
        assert_eq!((found.outcome, found.missing.len(), found.other.len()), (Outcome::Ready, 0, 0));
        let facts: Vec<_> =
            found.facts.iter().map(|fact| (fact.status.as_str(), fact.code, fact.tables[0].as_str())).collect();
        assert_eq!(
            facts,
            [
                ("not_registered", None, "azure_databricks_workspace"),
                ("not_registered", Some("ARM307"), "azure_security_assessment"),
                ("license", Some("GRF205"), "azure_ad_role_eligibility_schedule_instance"),
                ("retired", None, "azure_classic_admin_group"),
            ]
        );
    }

    /// Diagnostic settings of a load balancer are nothing to a check of vaults.
    #[test]
    fn other_parents_touch_no_check() {
        let base = "/subscriptions/a/resourcegroups/r/providers/";
        let of = |parent: &str| {
            let parent_id = Some(format!("{base}{parent}"));
            let rows =
                [LedgerRow { parent_id, ..refused("azure_diagnostic_setting", "a", 403, "AuthorizationFailed") }];
            tell(&rows).missing[0].checks.clone()
        };
        assert_eq!(of("microsoft.keyvault/vaults/v"), ["keyvault_logging_enabled"]);
        assert!(of("microsoft.network/loadbalancers/l").is_empty());
    }
}

//! Whether an interrupted run may go on: its head and this run's in, yes or the reason why not out; and what of a run is
//! fixed by its start.

use super::{ExportError, Options, STARTED_AT};
use crate::catalog::Catalog;
use crate::client::{Audience, Client, Principal};
use crate::collect::LOG_DAYS;
use crate::store::JournalHead;
use chrono::NaiveDateTime;
use std::path::Path;

/// The time that logs are read of: up to the start of the run, also when it is resumed.
pub(super) fn log_window(head: &JournalHead, now: NaiveDateTime, days: u32) -> (String, String) {
    let to = NaiveDateTime::parse_from_str(&head.started_at, STARTED_AT).unwrap_or_default();
    // Azure refuses to look further back than it keeps.
    let from = (to - chrono::Duration::days(i64::from(days))).max(now - chrono::Duration::days(i64::from(LOG_DAYS)));
    let from = from.min(to);
    (from.format(STARTED_AT).to_string(), head.started_at.clone())
}

fn tenant_of(principal: &Principal, wanted: Option<&str>) -> Result<String, ExportError> {
    let is_guid = |text: &str| text.len() == 36 && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit());
    match (principal.tenant_id.as_deref(), wanted) {
        (Some(found), Some(wanted)) if is_guid(wanted) && !found.eq_ignore_ascii_case(wanted) => {
            Err(ExportError::WrongTenant { wanted: wanted.to_owned(), found: found.to_owned() })
        }
        // It becomes the name of a folder.
        (Some(found), _) if is_guid(found) => Ok(found.to_lowercase()),
        (None, Some(wanted)) if is_guid(wanted) => Ok(wanted.to_lowercase()),
        _ => Err(ExportError::NoTenant),
    }
}

pub(super) fn resumable(
    dir: &Path,
    head: &JournalHead,
    now_asked: &JournalHead,
    now: NaiveDateTime,
    stale_ok: bool,
) -> Result<(), ExportError> {
    let refuse = |why: String| Err(ExportError::CannotResume { dir: dir.to_owned(), why });
    if head.tenant_id != now_asked.tenant_id {
        return refuse(format!("it is of tenant {}, the token of {}", head.tenant_id, now_asked.tenant_id));
    }
    if head.principal.is_some() && head.principal != now_asked.principal {
        return refuse(
            "another principal began it: what that one was proven to see says nothing of this one".to_owned(),
        );
    }
    if head.asked != now_asked.asked {
        return refuse(format!("it asked for {}, this run for {}", head.asked, now_asked.asked));
    }
    if head.catalog != now_asked.catalog {
        return refuse("another build of azsnap, with other table specs, began it".to_owned());
    }
    let started = NaiveDateTime::parse_from_str(&head.started_at, STARTED_AT);
    if !stale_ok && started.is_ok_and(|started| (now - started).num_hours() >= 24) {
        return refuse(format!(
            "it was begun at {}, more than a day ago; --stale-ok goes on all the same",
            head.started_at
        ));
    }
    Ok(())
}

/// Signs in: who asks, and the tenant that is read.
pub(super) async fn signed_in(client: &Client, wanted: Option<&str>) -> Result<(Principal, String), ExportError> {
    let client = client.acting_as(0);
    let mut principal = client.principal(&Audience::Arm).await.map_err(|error| ExportError::SignIn(Box::new(error)))?;
    if let Ok(graph) = client.principal(&Audience::Graph).await {
        // Application permissions and directory roles stand in Graph's token only. Without one its lists say why.
        (principal.roles, principal.wids, principal.scopes) = (graph.roles, graph.wids, graph.scopes);
    }
    let tenant = tenant_of(&principal, wanted)?;
    Ok((principal, tenant))
}

/// The head of a journal that begins now.
pub(super) fn head(options: &Options, tenant: &str, principal: &Principal) -> JournalHead {
    let at = options.at.unwrap_or_else(|| (options.clock)());
    JournalHead {
        written_by: concat!("azsnap ", env!("CARGO_PKG_VERSION")).to_owned(),
        tenant_id: tenant.to_owned(),
        asked: serde_json::to_value(&options.selection).unwrap_or_default(),
        started_at: at.format(STARTED_AT).to_string(),
        catalog: Catalog::bundled().fingerprint(),
        principal: principal.object_id.clone(),
    }
}

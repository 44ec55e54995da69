//! `azsnap sample-server`: a folder of samples as Azure on loopback.

use super::args::SampleServerArgs;
use super::failure::{Failure, Outcome};
use super::snapshot::clock;
use super::ui::Ui;
use crate::catalog::embedded::SAMPLES;
use crate::catalog::{Catalog, SUBSCRIPTIONS};
use crate::sample::{self, Options};

/// The bundled tenant.
pub const TENANT: &str = "contoso";

pub fn run(args: &SampleServerArgs, ui: &Ui) -> Result<Outcome, Failure> {
    let tenant = match &args.dir {
        Some(dir) => sample::load(Catalog::bundled(), dir)?,
        None => bundled(&args.date)?,
    };
    let is_more = args.subscriptions.is_some() || args.scale > 1;
    let tenant = if is_more { tenant.multiplied(args.subscriptions, args.scale)? } else { tenant };
    let options = Options {
        port: args.port,
        page_size: args.page_size,
        throttle_every: args.throttle_every,
        fail_every: args.fail_every,
        drop_every: args.drop_every,
        deny: args.deny.clone(),
        latency_ms: args.latency_ms,
        token_ttl: args.token_ttl,
        empty_last_page: args.empty_last_page,
        started: clock()().and_utc(),
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let running = sample::serve_tenant(tenant, options).await?;
        let base = running.base_url();
        ui.say(&format!("playing tenant {} on {base}", running.tenant().id()));
        if is_more {
            let n = |table| running.tenant().n_objects(table);
            ui.say(&format!(
                "with {} subscriptions, {} resources and {} users",
                n(SUBSCRIPTIONS),
                n("azure_resource"),
                n("azure_user")
            ));
        }
        ui.say("ask it with any client id and any secret but `wrong`:");
        ui.data(&format!(
            "AZURE_TENANT_ID={tenant} AZURE_CLIENT_ID=any AZURE_CLIENT_SECRET=any azsnap snapshot --arm-endpoint {base} --graph-endpoint {base} --login-endpoint {base}\n",
            tenant = running.tenant().id(),
        ))?;
        tokio::signal::ctrl_c().await?;
        let summary = running.summary();
        running.stop().await;
        ui.say(&format!("{} requests, {} pages", summary.requests, summary.pages));
        Ok(Outcome::Done)
    })
}

/// The bundled tenant at a date.
pub fn bundled(date: &str) -> Result<sample::Tenant, Failure> {
    let files: Vec<(&str, &str)> = SAMPLES
        .iter()
        .filter(|(tenant, at, _, _)| *tenant == TENANT && (*at == date || at.is_empty()))
        .map(|(_, _, name, text)| (*name, *text))
        .collect();
    let mut dates: Vec<&str> = SAMPLES
        .iter()
        .filter(|(tenant, at, _, _)| *tenant == TENANT && !at.is_empty())
        .map(|(_, at, _, _)| *at)
        .collect();
    dates.dedup();
    if !dates.contains(&date) {
        return Err(Failure::usage(format!("the bundled tenant has the dates {}, not {date}", dates.join(" and "))));
    }
    Ok(sample::load_embedded(Catalog::bundled(), files)?)
}

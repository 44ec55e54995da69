//! Which tenants one command reads: flags and the accounts of the configuration in, one job each out. An account is what
//! could have been typed; what was typed wins.

use super::args::{Global, SnapshotArgs};
use super::failure::Failure;
use crate::config::{Account, Config, Login};

/// One tenant to read.
#[derive(Debug, Clone)]
pub struct Job {
    /// The account's name; none without a configuration.
    pub name: Option<String>,
    /// What the account is.
    pub description: Option<String>,
    /// The flags, with the account's settings where none was typed.
    pub args: SnapshotArgs,
    /// GUID or domain of the tenant.
    pub tenant: Option<String>,
    /// What it signs in with.
    pub login: Login,
}

/// The jobs of a command, in the order of the file.
pub fn jobs(args: &SnapshotArgs, global: &Global, config: &Config) -> Result<Vec<Job>, Failure> {
    if config.accounts.is_empty() {
        let (name, description) = (None, None);
        let (args, tenant, login) = (args.clone(), global.tenant.clone(), Login::default());
        return Ok(vec![Job { name, description, args, tenant, login }]);
    }
    let accounts = of_tenant(global, config)?;
    if accounts.len() > 1 && (args.resume.is_some() || args.at.is_some()) {
        let names: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
        return Err(Failure::hint(
            anyhow::anyhow!("--resume and --at are for one account, and there are {}", names.join(", ")),
            "choose one with --account",
        ));
    }
    Ok(accounts.into_iter().map(|account| job(args, global, account)).collect())
}

/// The accounts that are meant: those of the tenant that was named, or all.
pub fn of_tenant<'c>(global: &Global, config: &'c Config) -> Result<Vec<&'c Account>, Failure> {
    let mut accounts: Vec<&Account> = config.accounts.iter().collect();
    if let Some(tenant) = &global.tenant {
        let is_its = |account: &&Account| account.tenant.as_ref().is_some_and(|its| its.eq_ignore_ascii_case(tenant));
        let its: Vec<&Account> = accounts.iter().copied().filter(is_its).collect();
        if its.is_empty() && accounts.len() > 1 {
            return Err(Failure::hint(
                anyhow::anyhow!("no account of the configuration is of tenant {tenant}"),
                "choose an account with --account",
            ));
        }
        if !its.is_empty() {
            accounts = its;
        }
    }
    Ok(accounts)
}

fn job(args: &SnapshotArgs, global: &Global, account: &Account) -> Job {
    let mut args = args.clone();
    if let Some(cloud) = account.cloud.as_ref().filter(|_| !global.is_given("cloud")) {
        args.connect.cloud.clone_from(cloud);
    }
    if !global.is_given("auth") {
        account.login.auth.word().clone_into(&mut args.connect.auth);
    }
    if let Some(days) = account.log_days.filter(|_| !global.is_given("log_days")) {
        args.log_days = days;
    }
    // What is in is chosen as a whole: a flag for one subscription does not mean the account's groups as well.
    if args.subscriptions.is_empty() && args.management_groups.is_empty() && !args.tenant_only {
        args.subscriptions.clone_from(&account.subscriptions);
        args.management_groups.clone_from(&account.management_groups);
        args.tenant_only = account.tenant_only;
    }
    for (typed, set) in [
        (&mut args.without_subscriptions, &account.without_subscriptions),
        (&mut args.without_management_groups, &account.without_management_groups),
        (&mut args.tables, &account.tables),
        (&mut args.without_tables, &account.without_tables),
    ] {
        if typed.is_empty() {
            typed.clone_from(set);
        }
    }
    args.without_graph |= !account.graph;
    args.no_prune |= account.no_prune;
    Job {
        name: Some(account.name.clone()),
        description: account.description.clone(),
        args,
        tenant: global.tenant.clone().or_else(|| account.tenant.clone()),
        login: account.login.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Command, Top};
    use crate::config::{Auth, Wanted, parse};
    use std::path::Path;

    const FILE: &str = "
        [[account]]
        name = 'prod'
        tenant = '5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77'
        description = 'Production'
        cloud = 'china'
        auth = 'managed'
        subscriptions = ['one']
        without_subscriptions = ['two']
        management_groups = ['group']
        tables = ['azure_vm']
        graph = false
        log_days = 7
        [[account]]
        name = 'dev'
        tenant = 'contoso.com'
    ";

    fn jobs_of(typed: &[&str]) -> Result<Vec<Job>, Failure> {
        let config = parse(Path::new("azsnap.toml"), FILE, Wanted::Everybody, &|_| None).unwrap();
        let top = Top::read(["azsnap", "snapshot"].iter().chain(typed)).unwrap();
        let Command::Snapshot(args) = &top.command else { panic!("{typed:?}") };
        jobs(args, &top.global, &config)
    }

    #[test]
    fn an_account_is_what_could_have_been_typed() {
        let said = |typed: &[&str]| {
            let jobs = jobs_of(typed).unwrap();
            let Job { args, tenant, login, name, description } = &jobs[0];
            assert_eq!((name.as_deref(), description.as_deref()), (Some("prod"), Some("Production")));
            assert_eq!(login.auth, Auth::Managed);
            format!(
                "{} {} {} {} in {:?} {:?} {} out {:?} tables {:?} graph {}",
                tenant.as_deref().unwrap_or_default().split('-').next().unwrap(),
                args.connect.cloud,
                args.connect.auth,
                args.log_days,
                args.subscriptions,
                args.management_groups,
                args.tenant_only,
                args.without_subscriptions,
                args.tables,
                !args.without_graph
            )
        };
        for (typed, expected) in [
            (
                &[][..],
                r#"5c1d2f6e china managed 7 in ["one"] ["group"] false out ["two"] tables ["azure_vm"] graph false"#,
            ),
            (
                // The default, typed, is meant.
                &["--cloud", "public", "--auth", "auto", "--log-days", "89", "--table", "azure_nic"],
                r#"5c1d2f6e public auto 89 in ["one"] ["group"] false out ["two"] tables ["azure_nic"] graph false"#,
            ),
            (
                &["--subscription", "three", "--without-subscription", "four"],
                r#"5c1d2f6e china managed 7 in ["three"] [] false out ["four"] tables ["azure_vm"] graph false"#,
            ),
            (
                &["--tenant-only"],
                r#"5c1d2f6e china managed 7 in [] [] true out ["two"] tables ["azure_vm"] graph false"#,
            ),
        ] {
            assert_eq!(said(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn which_accounts() {
        for (typed, expected) in [
            (&[][..], Some(&["prod", "dev"][..])),
            (&["--tenant", "CONTOSO.com"], Some(&["dev"])),
            (&["--tenant", "fabrikam.com"], None),
            (&["--resume"], None),
            (&["--tenant", "contoso.com", "--resume"], Some(&["dev"])),
            (&["--at", "2026-10-01"], None),
        ] {
            let found = jobs_of(typed).ok();
            let names: Option<Vec<String>> = found.map(|jobs| jobs.into_iter().filter_map(|job| job.name).collect());
            let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            assert_eq!(names, expected, "{typed:?}");
        }
        // Without a configuration there is the one job that was typed.
        let top = Top::read(["azsnap", "snapshot", "--tenant", "t"].iter()).unwrap();
        let Command::Snapshot(args) = &top.command else { panic!("not a snapshot") };
        let jobs = jobs(args, &top.global, &Config::default()).unwrap();
        assert_eq!((jobs.len(), jobs[0].name.clone(), jobs[0].tenant.as_deref()), (1, None, Some("t")));
    }
}

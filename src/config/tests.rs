//! Files as users write them, and the codes and accounts that come of them.

use super::*;

const TENANT: &str = "5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77";
const CLIENT: &str = "9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10";
const ONE: &str = "3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10";
const TWO: &str = "3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b11";
/// Made up, in the form that Entra gives secrets.
const SECRET: &str = "abc8Q~made.up.for.this.test.and.nothing.el";

const JIT: &str = r#"
azure:
  prod:
    type: azure_account
    name: "Contoso prod"
    auth: {client_id: "${{ jit_secrets.azure_client_id }}", client_secret: "${{ jit_secrets.azure_client_secret }}"}
    tenant_id: 5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77
    subscription_id: "${{ jit_secrets.azure_subscription_ids }}"
aws:
  other: {type: aws_account, secret_access_key: not ours to read}
"#;

const JUPITERONE: &str = r#"{"accountName": "Contoso", "description": "All of it", "pollingInterval": "ONE_DAY",
  "config": {"directoryId": "5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77", "clientId": "9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10",
  "ingestActiveDirectory": true, "configureSubscriptionInstances": true}}"#;

const TOML: &str = r#"
archive = "archive"
every = "24h"
keep = 30

[param]
jit_max_duration_minutes = 120
management_ports = ["22", "3389"]
pim_require_ticket = true
jit_required_ports_mode = "all4"

[[account]]
name = "prod"
description = "Production"
tenant = "5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77"
client_id = "9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10"
client_secret_variable = "PROD_SECRET"
principals = [{ client_id = "3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10", client_secret_variable = "PROD_SECRET_2" }]
subscriptions = ["contoso-prod", "3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b11"]
without_subscriptions = ["sandbox"]
management_groups = ["platform"]
without_management_groups = ["decommissioned"]
tables = ["azure_vm*", "azure_nic"]
without_tables = ["azure_vm_extension"]
graph = false
log_days = 30
no_prune = true

[[account]]
name = "gov"
tenant = "contoso.onmicrosoft.us"
cloud = "usgov"
auth = "certificate"
client_id = "9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10"
certificate = "keys/gov.pem"

[[account]]
name = "me"
tenant = "contoso.partner.onmschina.cn"
cloud = "china"
auth = "cli"
"#;

/// The environment of a test.
fn read(file: &str, text: &str, wanted: Wanted<'_>, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let of = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let found = parse(Path::new(file), text, wanted, &of);
    // Nothing of what is secret is told, whatever came of the file.
    let told = format!("{found:?}");
    assert!(!told.contains(SECRET) && !told.contains("the.value"), "{told}");
    found
}

fn codes(found: &Result<Config, ConfigError>) -> Vec<&'static str> {
    let problems = match found {
        Ok(config) => &config.warnings,
        Err(error) => &error.problems,
    };
    problems.iter().map(|problem| problem.code).collect()
}

const JIT_VARIABLES: &[(&str, &str)] =
    &[("azure_client_id", CLIENT), ("AZURE_CLIENT_SECRET", "the.value"), ("azure_subscription_ids", ONE)];

#[test]
fn jit_integration_as_it_is() {
    let found = read("jit-integration.yml", JIT, Wanted::Everybody, JIT_VARIABLES).unwrap();
    let expected = Account {
        name: "Contoso prod".to_owned(),
        integration: Some("prod".to_owned()),
        tenant: Some(TENANT.to_owned()),
        login: Login {
            auth: Auth::Secret,
            client_id: Some(CLIENT.to_owned()),
            secret_variable: Some("AZURE_CLIENT_SECRET".to_owned()),
            ..Login::default()
        },
        subscriptions: vec![ONE.to_owned()],
        ..Account::default()
    };
    assert_eq!(found.accounts, [expected]);
    assert_eq!((found.known, found.warnings), (vec!["prod".to_owned(), "Contoso prod".to_owned()], Vec::new()));
    // By its id or its name; without variables where nobody asks for the account.
    for wanted in ["PROD", "contoso prod"] {
        let named = [wanted.to_owned()];
        assert_eq!(read("j.yml", JIT, Wanted::Named(&named), JIT_VARIABLES).unwrap().accounts.len(), 1);
    }
    assert_eq!(read("j.yml", JIT, Wanted::Nobody, &[]).unwrap().accounts, []);
}

#[test]
fn jit_subscriptions() {
    let several = format!("{ONE}, {TWO};{ONE} {TWO}");
    let variables = [JIT_VARIABLES[0], JIT_VARIABLES[1], ("AZURE_SUBSCRIPTION_IDS", several.as_str())];
    let found = read("j.yml", JIT, Wanted::Everybody, &variables).unwrap();
    assert_eq!(found.accounts[0].subscriptions, [ONE, TWO]);
    assert_eq!(codes(&Ok(found)), ["CFG010"]);
}

/// The bundled form, changed in one place, and the codes that come of it.
fn check_jit(from: &str, to: &str, variables: &[(&str, &str)], expected: &[&str]) {
    assert!(JIT.contains(from), "{from}");
    let found = read("jit-integration.yml", &JIT.replacen(from, to, 1), Wanted::Everybody, variables);
    assert_eq!(codes(&found), expected, "{from} -> {to}: {found:?}");
}

#[test]
fn codes_of_jit_integration() {
    let with = |name: &'static str, value: &'static str| -> Vec<(&str, &str)> {
        JIT_VARIABLES
            .iter()
            .filter(|(known, _)| !known.eq_ignore_ascii_case(name))
            .copied()
            .chain([(name, value)])
            .collect()
    };
    for (from, to, expected) in [
        ("azure:", "azuer:", &["CFG001"][..]),
        ("    type: azure_account\n", "", &["CFG001"]),
        ("type: azure_account", "type: aws_account", &["CFG011"]),
        ("    tenant_id: 5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77\n", "", &["CFG001"]),
        ("tenant_id: 5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77", "tenant_id: 5c1d2f6e", &["CFG007"]),
        ("5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77", "contoso.onmicrosoft.com", &[]),
        ("tenant_id: 5c1d", "tenant_id: \"${{ jit_secrets.azure_tenant_id }}\" # ", &["CFG003"]),
        ("\"${{ jit_secrets.azure_client_secret }}\"", "\"p4ssw0rd\"", &["CFG002"]),
        ("\"${{ jit_secrets.azure_client_secret }}\"", "12345678", &["CFG002"]),
        ("\"${{ jit_secrets.azure_client_secret }}\"", SECRET, &["CFG002"]),
        ("\"${{ jit_secrets.azure_client_secret }}\"", "\"x${{ jit_secrets.azure_client_secret }}\"", &["CFG002"]),
        ("jit_secrets.azure_client_secret", "jit_secrets.client_secret", &["CFG003"]),
        ("jit_secrets.azure_client_secret", "secrets.AZURE", &["CFG003"]),
        ("jit_secrets.azure_client_id", "jit_secrets.azure_client_secret", &["CFG003"]),
        ("\"${{ jit_secrets.azure_client_id }}\"", "app", &["CFG005"]),
        ("\"${{ jit_secrets.azure_subscription_ids }}\"", "prod", &["CFG008"]),
        ("\"${{ jit_secrets.azure_subscription_ids }}\"", "\",;\"", &["CFG008"]),
        ("    name:", "    title: x\n    name:", &["CFG000"]),
        ("aws:", "aws: [", &["CFG000"]),
        ("other: {", &format!("# {SECRET}\n  other: {{"), &["CFG002"]),
        (
            "auth: {client_id: \"${{ jit_secrets.azure_client_id }}\", client_secret: \"${{ jit_secrets.azure_client_secret }}\"}",
            "auth: {}",
            &["CFG001", "CFG001"],
        ),
    ] {
        check_jit(from, to, JIT_VARIABLES, expected);
    }
    for (variables, expected) in [
        (with("azure_client_id", " "), &["CFG004"][..]),
        (with("azure_client_secret", ""), &["CFG004"]),
        (with("azure_client_id", "x"), &["CFG005"]),
        (with("azure_client_secret", TENANT), &["CFG006"]),
        (with("azure_subscription_ids", "contoso-prod"), &["CFG008"]),
        ([JIT_VARIABLES, &[("AZURE_CLIENT_ID", CLIENT)]].concat(), &[]),
        ([JIT_VARIABLES, &[("AZURE_CLIENT_ID", TENANT)]].concat(), &["CFG004"]),
        (Vec::new(), &["CFG004", "CFG004", "CFG004"]),
    ] {
        check_jit("azure:", "azure:", &variables, expected);
    }
}

#[test]
fn jupiterone_settings() {
    let secret = [("AZURE_CLIENT_SECRET", "the.value")];
    let account = |text: &str| {
        let found = read("jupiterone.json", text, Wanted::Everybody, &secret).unwrap();
        let every = found.every.map(|every| every.num_hours());
        (found.accounts.into_iter().next().unwrap(), every)
    };
    let (found, every) = account(JUPITERONE);
    assert_eq!((found.name.as_str(), found.description.as_deref(), every), ("Contoso", Some("All of it"), Some(24)));
    assert_eq!((found.graph, found.tenant_only, found.subscriptions.len()), (true, false, 0));
    assert_eq!(found.login.secret_variable.as_deref(), Some("AZURE_CLIENT_SECRET"));
    let all = "\"configureSubscriptionInstances\": true";
    let (found, _) = account(&JUPITERONE.replace(all, &format!("\"subscriptionId\": \"{ONE}\"")));
    assert_eq!((found.graph, found.tenant_only, found.subscriptions), (true, false, vec![ONE.to_owned()]));
    let (found, _) = account(&JUPITERONE.replace(all, "\"configureSubscriptionInstances\": false"));
    assert_eq!((found.graph, found.tenant_only), (true, true));

    for (from, to, expected) in [
        ("\"directoryId\"", "\"directory\"", &["CFG001", "CFG000"][..]),
        ("\"clientId\": \"9d", "\"clientSecret\": \"p4ssw0rd\", \"clientId\": \"9d", &["CFG002"]),
        ("9d0f1c1e-", "x", &["CFG005"]),
        ("5c1d2f6e-", "x", &["CFG007"]),
        (all, "\"subscriptionId\": \"prod\"", &["CFG008"]),
        (all, &format!("\"subscriptionId\": \"{ONE}\", {all}"), &["CFG009"]),
        (
            "\"ingestActiveDirectory\": true, \"configureSubscriptionInstances\": true",
            "\"ingestActiveDirectory\": false",
            &["CFG009"],
        ),
        ("ONE_DAY", "SOMETIMES", &["CFG000"]),
        ("true,", "\"perhaps\",", &["CFG000"]),
    ] {
        assert!(JUPITERONE.contains(from), "{from}");
        let found = read("j.json", &JUPITERONE.replacen(from, to, 1), Wanted::Everybody, &secret);
        assert_eq!(codes(&found), expected, "{from} -> {to}: {found:?}");
    }
    let both = [secret[0], ("azure_client_secret", "another")];
    for (variables, expected) in [(&[][..], "CFG004"), (&both, "CFG004"), (&[("azure_client_secret", ONE)], "CFG006")] {
        assert_eq!(codes(&read("j.json", JUPITERONE, Wanted::Everybody, variables)), [expected]);
    }
    // The same settings in another form.
    let yaml = format!("directoryId: {TENANT}\nclientId: {CLIENT}\nconfigureSubscriptionInstances: true\n");
    let toml = format!("directoryId = \"{TENANT}\"\nclientId = \"{CLIENT}\"\nconfigureSubscriptionInstances = true\n");
    let of = |file: &str, text: &str| read(file, text, Wanted::Everybody, &secret).unwrap().accounts;
    assert_eq!(of("j.yaml", &yaml), of("j.toml", &toml));
    assert!(!of("j.yaml", &yaml)[0].graph);
}

const TOML_VARIABLES: &[(&str, &str)] = &[("PROD_SECRET", "the.value"), ("PROD_SECRET_2", "the.value")];

#[test]
fn azsnap_toml() {
    let found = read("conf/azsnap.toml", TOML, Wanted::Everybody, TOML_VARIABLES).unwrap();
    assert_eq!(found.warnings, []);
    assert_eq!(found.known, ["prod", "gov", "me"]);
    assert_eq!(found.archive.as_deref(), Some(Path::new("conf/archive")));
    assert_eq!((found.every.map(|every| every.num_hours()), found.keep), (Some(24), Some(30)));
    let params: Vec<(&str, &str)> = found.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        params,
        [
            ("jit_max_duration_minutes", "120"),
            ("jit_required_ports_mode", "all4"),
            ("management_ports", "[\"22\",\"3389\"]"),
            ("pim_require_ticket", "true"),
        ]
    );
    let [prod, gov, me] = found.accounts.as_slice() else { panic!("{:?}", found.accounts) };
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let expected = Account {
        name: "prod".to_owned(),
        description: Some("Production".to_owned()),
        integration: None,
        tenant: Some(TENANT.to_owned()),
        cloud: None,
        login: Login {
            auth: Auth::Secret,
            client_id: Some(CLIENT.to_owned()),
            secret_variable: Some("PROD_SECRET".to_owned()),
            certificate: None,
            principals: vec![Principal { client_id: ONE.to_owned(), secret_variable: "PROD_SECRET_2".to_owned() }],
        },
        subscriptions: texts(&["contoso-prod", TWO]),
        without_subscriptions: texts(&["sandbox"]),
        management_groups: texts(&["platform"]),
        without_management_groups: texts(&["decommissioned"]),
        tenant_only: false,
        tables: texts(&["azure_vm*", "azure_nic"]),
        without_tables: texts(&["azure_vm_extension"]),
        graph: false,
        log_days: Some(30),
        no_prune: true,
    };
    assert_eq!(*prod, expected);
    assert_eq!((gov.cloud.as_deref(), gov.login.auth), (Some("usgov"), Auth::Certificate));
    assert_eq!(gov.login.certificate.as_deref(), Some(Path::new("conf/keys/gov.pem")));
    assert_eq!((me.cloud.as_deref(), me.login.auth, me.graph), (Some("china"), Auth::Cli, true));
    // Who only reads snapshots needs no variable; who takes one account needs no other's.
    assert_eq!(read("azsnap.toml", TOML, Wanted::Nobody, &[]).unwrap().params.len(), 4);
    let gov = ["Gov".to_owned()];
    assert_eq!(read("azsnap.toml", TOML, Wanted::Named(&gov), &[]).unwrap().accounts.len(), 1);
    let prud = ["prud".to_owned()];
    let told = read("azsnap.toml", TOML, Wanted::Named(&prud), &[]).unwrap_err().to_string();
    assert!(told.contains("CFG000 azsnap.toml: there is no account `prud`; did you mean prod?"), "{told}");
}

#[test]
fn codes_of_azsnap_toml() {
    let line = "tenant = \"5c1d2f6e-0f8b-4a3b-9d44-1f0a9f6e2b77\"\n";
    let client = "client_id = \"9d0f1c1e-8d0a-4f6e-9b57-2a1c7e9d4b10\"\n";
    for (from, to, expected) in [
        (line, "", &["CFG001"][..]),
        ("name = \"prod\"\n", "", &["CFG001"]),
        ("name = \"gov\"\n", "name = \"Prod\"\n", &["CFG000"]),
        (client, "", &["CFG001"]),
        (client, "client_id = \"app\"\n", &["CFG005"]),
        ("certificate = \"keys/gov.pem\"", "", &["CFG001"]),
        ("client_secret_variable = \"PROD_SECRET\"", "client_secret = \"p4ssw0rd\"", &["CFG002", "CFG000"]),
        ("\"PROD_SECRET\"", "\"my secret\"", &["CFG002"]),
        ("\"PROD_SECRET\"", &format!("\"{SECRET}\""), &["CFG002"]),
        ("\"PROD_SECRET\"", "\"NOT_SET\"", &["CFG004"]),
        ("\"PROD_SECRET_2\"", "\"NOT_SET\"", &["CFG004"]),
        (", client_secret_variable = \"PROD_SECRET_2\"", "", &["CFG001"]),
        (line, "tenant = \"contoso\"\n", &["CFG007"]),
        ("\"contoso-prod\"", "\"3f6b1c1e-8d0a-4f6e-9b57-2a1c7e9d4b1\"", &["CFG008"]),
        ("\"sandbox\"", "\"Contoso-Prod\"", &["CFG009"]),
        ("[\"decommissioned\"]", "\"platform\"", &["CFG009"]),
        ("\"azure_vm_extension\"", "\"azure_nic\"", &["CFG009"]),
        ("\"azure_nic\"", "\"azure_nik\"", &["CFG000"]),
        ("cloud = \"usgov\"", "cloud = \"gov\"", &["CFG000"]),
        ("every = \"24h\"", "every = \"daily\"", &["CFG000"]),
        ("keep = 30", "keep = 0", &["CFG000"]),
        ("log_days = 30", "log_days = 365", &["CFG000"]),
        ("graph = false", "graph = 1", &["CFG000"]),
        ("= 120", "= {x = 1}", &["CFG000"]),
        ("graph = false", "grahp = false", &["CFG000"]),
        ("[[account]]\nname = \"prod\"", "[[acount]]\nname = \"prod\"", &["CFG000"]),
        ("archive = \"archive\"", &format!("archive = {SECRET}"), &["CFG000", "CFG002"]),
        ("archive = \"archive\"", "password = \"x\"", &["CFG002", "CFG000"]),
        ("description = \"Production\"", "description = \"sv=1&sig=abc\"", &["CFG002"]),
    ] {
        assert!(TOML.contains(from), "{from}");
        let found = read("azsnap.toml", &TOML.replacen(from, to, 1), Wanted::Everybody, TOML_VARIABLES);
        assert_eq!(codes(&found), expected, "{from} -> {to}: {found:?}");
    }
    let with_guid = [("PROD_SECRET", TENANT), TOML_VARIABLES[1]];
    assert_eq!(codes(&read("azsnap.toml", TOML, Wanted::Everybody, &with_guid)), ["CFG006"]);
    // A file may hold nothing but parameters, or nothing.
    for text in ["", "[param]\nmanagement_ports = [\"22\"]", "# nothing"] {
        assert_eq!(codes(&read("azsnap.toml", text, Wanted::Everybody, &[])), [""; 0], "{text}");
    }
}

/// What README shows can be used as it stands.
#[test]
fn the_file_in_the_readme() {
    let readme = include_str!("../../README.md");
    let text = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let found = read("azsnap.toml", text, Wanted::Everybody, TOML_VARIABLES).unwrap();
    assert_eq!((found.accounts.len(), found.warnings), (2, Vec::new()));
}

/// All that is wrong is told at once, errors first, and the same every time.
#[test]
fn everything_at_once() {
    let text = "oops = 1\n[[account]]\ntenant = \"x\"\nclient_id = \"y\"\nclient_secret = \"z\"\nsubscriptions = [\"a\"]\nwithout_subscriptions = [\"a\"]\n";
    let told = read("azsnap.toml", text, Wanted::Everybody, &[]).unwrap_err().to_string();
    let expected = "the configuration cannot be used
  CFG002 azsnap.toml, account 1, client_secret: a secret stands in the file; move it to a variable of the environment, and make a new one: this one is known now
  CFG001 azsnap.toml, account 1: `name` is missing; give the account a name of your own
  CFG007 azsnap.toml, account 1, tenant: a tenant is a GUID or a domain, and this is neither; copy the Tenant ID of Microsoft Entra ID > Overview, or write a domain of the tenant
  CFG005 azsnap.toml, account 1, client_id: a client id is a GUID, and this is none; copy the Application (client) ID of App registrations > the app > Overview
  CFG009 azsnap.toml, account 1: the same is named in `subscriptions` and in `without_subscriptions`; choose one of them
  warning: CFG000 azsnap.toml: the key `oops` is not known and was not read; keys here are account, param, archive, every, keep, accept
  warning: CFG000 azsnap.toml, account 1: the key `client_secret` is not known and was not read; did you mean client_secret_variable?";
    assert_eq!(told, expected);
}

#[test]
fn broken_files() {
    for (file, text, place) in [
        ("a.toml", "archive = \"x\"\nevery = = 1", "line 2, column 9"),
        ("a.json", "{\n  \"clientId\": oops}", "line 2, column 15"),
        ("a.yml", "azure:\n  a: [1, 2\n", "line "),
        ("a.yml", "azure: {}\nazure: {}\n", "line 2"),
        ("a.yml", &"- ".repeat(200_000), "line 1"),
        ("a.yml", &format!("a: &a x\nb: [{}]", "*a, ".repeat(20)), "line 2"),
        ("a.yml", "a: 1\n---\nb: 2\n", "this is no YAML"),
    ] {
        let told = read(file, text, Wanted::Everybody, &[]).unwrap_err().to_string();
        assert!(told.contains("CFG000") && told.contains(place), "{told}");
    }
    let none = |_: &str| None;
    let told = load(Path::new("no/such/azsnap.toml"), Wanted::Nobody, &none).unwrap_err().to_string();
    assert!(told.contains("it cannot be read"), "{told}");
}

#[cfg(feature = "collect")]
#[test]
fn logs_reach_as_far_back_as_the_collector_reads() {
    assert_eq!(MAX_LOG_DAYS, crate::collect::LOG_DAYS);
}

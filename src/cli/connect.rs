//! Endpoints and credentials: flags and the standard `AZURE_*` variables in, a client out. Secrets come from the
//! environment or a file, never from an argument.

use super::args::Connect;
use super::failure::Failure;
use super::settings::variable;
use crate::client::{Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Secret};
use crate::config::Login;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// A client, and the addresses it asks.
pub struct Connected {
    pub client: Client,
    pub sources: Vec<String>,
}

/// Makes the client, with an account's own login where there is one.
pub fn client(args: &Connect, tenant: Option<&str>, login: &Login) -> Result<Connected, Failure> {
    client_with(args, tenant, login, ClientOptions::default())
}

/// Makes a client that is as patient as the options say.
pub fn client_with(
    args: &Connect,
    tenant: Option<&str>,
    login: &Login,
    mut options: ClientOptions,
) -> Result<Connected, Failure> {
    let cloud: Cloud = args.cloud.parse()?;
    let endpoints = endpoints(args, cloud)?;
    let credentials = credentials(&args.auth, tenant, login)?;
    if endpoints.is_loopback() {
        // A server of one's own answers or does not: no need to wait as for a cloud that is down.
        (options.base_delay, options.give_up_after) = (Duration::from_millis(100), Duration::from_secs(120));
    }
    let sources = [&endpoints.arm, &endpoints.graph].map(|url| url.origin().ascii_serialization()).to_vec();
    Ok(Connected { client: Client::with_principals(endpoints, cloud, credentials, options)?, sources })
}

fn endpoints(args: &Connect, cloud: Cloud) -> Result<Endpoints, Failure> {
    let mut endpoints = Endpoints::for_cloud(cloud);
    let url = |text: &str, flag: &str| {
        Url::parse(text).map_err(|error| Failure::usage(format!("{flag}: `{text}` is no URL: {error}")))
    };
    if let Some(text) = &args.arm_endpoint {
        endpoints.arm = url(text, "--arm-endpoint")?;
    }
    if let Some(text) = &args.graph_endpoint {
        endpoints.graph = url(text, "--graph-endpoint")?;
    }
    if let Some(text) = &args.login_endpoint {
        endpoints.login = url(text, "--login-endpoint")?;
    }
    for given in &args.data_endpoints {
        let (suffix, text) = given
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--data-endpoint wants SUFFIX=URL, not `{given}`")))?;
        endpoints.data.insert(suffix.trim().trim_start_matches('.').to_lowercase(), url(text, "--data-endpoint")?);
    }
    endpoints.validate()?;
    Ok(endpoints)
}

/// The first credential, and those that take turns with it.
fn credentials(auth: &str, tenant: Option<&str>, login: &Login) -> Result<Vec<CredentialSpec>, Failure> {
    let mut all = vec![credential(auth, tenant, login)?];
    for principal in &login.principals {
        let name = &principal.secret_variable;
        let secret = variable(name).filter(|value| !value.is_empty());
        let secret = secret.ok_or_else(|| Failure::usage(format!("{name} is not set")))?;
        all.push(CredentialSpec::ClientSecret {
            tenant: tenant.map(str::to_owned).or_else(|| variable("AZURE_TENANT_ID")).unwrap_or_default(),
            client_id: principal.client_id.clone(),
            secret: Secret::new(secret),
        });
    }
    Ok(all)
}

fn credential(auth: &str, tenant: Option<&str>, login: &Login) -> Result<CredentialSpec, Failure> {
    let secret_variable = login.secret_variable.as_deref().unwrap_or("AZURE_CLIENT_SECRET");
    let of = |name: &str| variable(name).filter(|value| !value.is_empty());
    let must = |name: &str| {
        of(name).ok_or_else(|| {
            Failure::hint(anyhow::anyhow!("{name} is not set"), "set the AZURE_* variables, or choose with --auth")
        })
    };
    let tenant_id = || match tenant {
        Some(tenant) => Ok(tenant.to_owned()),
        None => must("AZURE_TENANT_ID"),
    };
    let client_id = || login.client_id.clone().map_or_else(|| must("AZURE_CLIENT_ID"), Ok);
    let certificate = || login.certificate.clone().or_else(|| of("AZURE_CLIENT_CERTIFICATE_PATH").map(PathBuf::from));
    let kind = match auth {
        "auto" if of(secret_variable).is_some() => "secret",
        "auto" if certificate().is_some() => "certificate",
        "auto" if of("AZURE_FEDERATED_TOKEN_FILE").is_some() => "workload",
        "auto" if of("IDENTITY_ENDPOINT").is_some() => "managed",
        "auto" => "cli",
        other => other,
    };
    Ok(match kind {
        "secret" => CredentialSpec::ClientSecret {
            tenant: tenant_id()?,
            client_id: client_id()?,
            secret: Secret::new(must(secret_variable)?),
        },
        "certificate" => {
            let path = certificate().map_or_else(|| must("AZURE_CLIENT_CERTIFICATE_PATH").map(PathBuf::from), Ok)?;
            let pem = std::fs::read_to_string(&path).map_err(|error| {
                anyhow::Error::new(error).context(format!("cannot read the certificate {}", path.display()))
            })?;
            let send_chain = of("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
                .is_some_and(|word| word == "1" || word.eq_ignore_ascii_case("true"));
            CredentialSpec::Certificate {
                tenant: tenant_id()?,
                client_id: client_id()?,
                pem: Secret::new(pem),
                send_chain,
            }
        }
        "workload" => CredentialSpec::WorkloadIdentity {
            tenant: tenant_id()?,
            client_id: client_id()?,
            token_file: PathBuf::from(must("AZURE_FEDERATED_TOKEN_FILE")?),
        },
        "managed" => {
            CredentialSpec::ManagedIdentity { client_id: login.client_id.clone().or_else(|| of("AZURE_CLIENT_ID")) }
        }
        "cli" => CredentialSpec::AzureCli { tenant: tenant.map(str::to_owned).or_else(|| of("AZURE_TENANT_ID")) },
        "azd" => CredentialSpec::AzureDeveloperCli,
        other => {
            return Err(Failure::usage(format!(
                "--auth `{other}`: auto, secret, certificate, workload, managed, cli or azd"
            )));
        }
    })
}

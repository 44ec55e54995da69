//! Endpoints and credentials: flags and the standard `AZURE_*` variables in, a client out. Secrets come from the
//! environment or a file, never from an argument.

use super::args::Connect;
use super::failure::Failure;
use crate::client::{Client, ClientOptions, Cloud, CredentialSpec, Endpoints, Secret};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// A client, and the addresses it asks.
pub struct Connected {
    pub client: Client,
    pub sources: Vec<String>,
}

/// Makes the client.
pub fn client(args: &Connect, tenant: Option<&str>) -> Result<Connected, Failure> {
    client_with(args, tenant, ClientOptions::default())
}

/// Makes a client that is as patient as the options say.
pub fn client_with(args: &Connect, tenant: Option<&str>, mut options: ClientOptions) -> Result<Connected, Failure> {
    let cloud: Cloud = args.cloud.parse()?;
    let endpoints = endpoints(args, cloud)?;
    let credential = credential(&args.auth, tenant)?;
    if endpoints.is_loopback() {
        // A server of one's own answers or does not: no need to wait as for a cloud that is down.
        (options.base_delay, options.give_up_after) = (Duration::from_millis(100), Duration::from_secs(120));
    }
    let sources = [&endpoints.arm, &endpoints.graph].map(|url| url.origin().ascii_serialization()).to_vec();
    Ok(Connected { client: Client::new(endpoints, cloud, credential, options)?, sources })
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

fn credential(auth: &str, tenant: Option<&str>) -> Result<CredentialSpec, Failure> {
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
    let kind = match auth {
        "auto" if of("AZURE_CLIENT_SECRET").is_some() => "secret",
        "auto" if of("AZURE_CLIENT_CERTIFICATE_PATH").is_some() => "certificate",
        "auto" if of("AZURE_FEDERATED_TOKEN_FILE").is_some() => "workload",
        "auto" if of("IDENTITY_ENDPOINT").is_some() => "managed",
        "auto" => "cli",
        other => other,
    };
    Ok(match kind {
        "secret" => CredentialSpec::ClientSecret {
            tenant: tenant_id()?,
            client_id: must("AZURE_CLIENT_ID")?,
            secret: Secret::new(must("AZURE_CLIENT_SECRET")?),
        },
        "certificate" => {
            let path = PathBuf::from(must("AZURE_CLIENT_CERTIFICATE_PATH")?);
            let pem = std::fs::read_to_string(&path).map_err(|error| {
                anyhow::Error::new(error).context(format!("cannot read the certificate {}", path.display()))
            })?;
            let send_chain = of("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
                .is_some_and(|word| word == "1" || word.eq_ignore_ascii_case("true"));
            CredentialSpec::Certificate {
                tenant: tenant_id()?,
                client_id: must("AZURE_CLIENT_ID")?,
                pem: Secret::new(pem),
                send_chain,
            }
        }
        "workload" => CredentialSpec::WorkloadIdentity {
            tenant: tenant_id()?,
            client_id: must("AZURE_CLIENT_ID")?,
            token_file: PathBuf::from(must("AZURE_FEDERATED_TOKEN_FILE")?),
        },
        "managed" => CredentialSpec::ManagedIdentity { client_id: of("AZURE_CLIENT_ID") },
        "cli" => CredentialSpec::AzureCli { tenant: tenant.map(str::to_owned).or_else(|| of("AZURE_TENANT_ID")) },
        "azd" => CredentialSpec::AzureDeveloperCli,
        other => {
            return Err(Failure::usage(format!(
                "--auth `{other}`: auto, secret, certificate, workload, managed, cli or azd"
            )));
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "cli reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

//! The clouds: their own endpoints, data-plane names and token scopes, as one table each.
//!
//! In goes a cloud and an audience, out come fixed names. Nothing here depends on what a user configured.

use std::str::FromStr;

use super::error::ClientError;

/// An Azure cloud: its own sign-in, endpoints and data-plane names.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cloud {
    /// Azure public.
    #[default]
    Public,
    /// Azure Government of the United States.
    UsGov,
    /// Azure in China, run by 21Vianet.
    China,
}

/// The fixed names of one cloud.
pub(super) struct Names {
    pub arm: &'static str,
    pub graph: &'static str,
    pub login: &'static str,
    /// Data planes: host suffix and the resource its tokens are for.
    data: &'static [(&'static str, &'static str)],
}

const STORAGE: &str = "https://storage.azure.com";
/// Databricks has no resource address, only the application id of its first-party application.
const DATABRICKS: &str = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";

const PUBLIC: Names = Names {
    arm: "https://management.azure.com",
    graph: "https://graph.microsoft.com",
    login: "https://login.microsoftonline.com",
    data: &[
        ("vault.azure.net", "https://vault.azure.net"),
        ("managedhsm.azure.net", "https://managedhsm.azure.net"),
        ("blob.core.windows.net", STORAGE),
        ("dfs.core.windows.net", STORAGE),
        ("file.core.windows.net", STORAGE),
        ("queue.core.windows.net", STORAGE),
        ("table.core.windows.net", STORAGE),
        ("azconfig.io", "https://azconfig.io"),
        ("search.windows.net", "https://search.azure.com"),
        ("dev.azuresynapse.net", "https://dev.azuresynapse.net"),
        ("azuredatabricks.net", DATABRICKS),
    ],
};

const US_GOV: Names = Names {
    arm: "https://management.usgovcloudapi.net",
    graph: "https://graph.microsoft.us",
    login: "https://login.microsoftonline.us",
    data: &[
        ("vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"),
        ("managedhsm.usgovcloudapi.net", "https://managedhsm.usgovcloudapi.net"),
        ("blob.core.usgovcloudapi.net", STORAGE),
        ("dfs.core.usgovcloudapi.net", STORAGE),
        ("file.core.usgovcloudapi.net", STORAGE),
        ("queue.core.usgovcloudapi.net", STORAGE),
        ("table.core.usgovcloudapi.net", STORAGE),
        ("azconfig.azure.us", "https://azconfig.azure.us"),
        ("search.azure.us", "https://search.azure.us"),
        ("dev.azuresynapse.usgovcloudapi.net", "https://dev.azuresynapse.usgovcloudapi.net"),
        ("databricks.azure.us", DATABRICKS),
    ],
};

const CHINA: Names = Names {
    arm: "https://management.chinacloudapi.cn",
    graph: "https://microsoftgraph.chinacloudapi.cn",
    login: "https://login.chinacloudapi.cn",
    data: &[
        ("vault.azure.cn", "https://vault.azure.cn"),
        ("managedhsm.azure.cn", "https://managedhsm.azure.cn"),
        ("blob.core.chinacloudapi.cn", STORAGE),
        ("dfs.core.chinacloudapi.cn", STORAGE),
        ("file.core.chinacloudapi.cn", STORAGE),
        ("queue.core.chinacloudapi.cn", STORAGE),
        ("table.core.chinacloudapi.cn", STORAGE),
        ("azconfig.azure.cn", "https://azconfig.azure.cn"),
        ("search.azure.cn", "https://search.azure.cn"),
        ("dev.azuresynapse.azure.cn", "https://dev.azuresynapse.azure.cn"),
        ("databricks.azure.cn", DATABRICKS),
    ],
};

impl Cloud {
    pub(super) const fn names(self) -> &'static Names {
        match self {
            Self::Public => &PUBLIC,
            Self::UsGov => &US_GOV,
            Self::China => &CHINA,
        }
    }

    /// The scope that a token for this audience is asked for.
    ///
    /// It is the cloud's own, also when the endpoint is mapped elsewhere.
    pub(super) fn scope(self, audience: &Audience) -> String {
        let resource = match audience {
            Audience::Arm => self.names().arm.to_owned(),
            Audience::Graph => self.names().graph.to_owned(),
            Audience::Data(host) => match self.data_suffix(&host.to_ascii_lowercase()) {
                Some((_, resource)) => resource.to_owned(),
                None => format!("https://{}", host.to_ascii_lowercase()),
            },
        };
        format!("{resource}/.default")
    }

    /// The longest of the cloud's own data suffixes that this lower-case host is, or is under.
    pub(super) fn data_suffix(self, host: &str) -> Option<(&'static str, &'static str)> {
        self.names().data.iter().filter(|(suffix, _)| is_under(host, suffix)).max_by_key(|(s, _)| s.len()).copied()
    }
}

impl FromStr for Cloud {
    type Err = ClientError;

    fn from_str(text: &str) -> Result<Self, ClientError> {
        match text.to_ascii_lowercase().as_str() {
            "public" => Ok(Self::Public),
            "usgov" => Ok(Self::UsGov),
            "china" => Ok(Self::China),
            _ => Err(ClientError::UnknownCloud(text.to_owned())),
        }
    }
}

/// Who a token is for, and so who may see it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Audience {
    /// Azure Resource Manager.
    Arm,
    /// Microsoft Graph.
    Graph,
    /// A data plane, by host name: `kv1.vault.azure.net`.
    Data(String),
}

/// The suffix itself or a name under it, at a label's border.
pub(super) fn is_under(host: &str, suffix: &str) -> bool {
    host.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || (rest.len() > 1 && rest.ends_with('.')))
}

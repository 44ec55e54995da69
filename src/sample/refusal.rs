//! Error answers in Azure's words: what is refused in, status, code and message in the form of each service out.

use super::Response;
use super::ask::{Ask, Service};
use crate::catalog::route::arm_type_of;
use serde_json::json;

/// An error, before it is put in the form of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Refusal {
        Refusal { status, code: code.to_owned(), message: message.into(), headers: Vec::new() }
    }

    pub(super) fn with(mut self, header: &'static str, value: impl Into<String>) -> Refusal {
        self.headers.push((header, value.into()));
        self
    }

    /// The answer.
    pub(super) fn respond(self, ask: &Ask<'_>) -> Response {
        let mut error = json!({"code": self.code, "message": self.message});
        let mut headers = self.headers;
        if ask.service == Service::Graph {
            error["innerError"] = json!({
                "date": ask.request.now.format("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": ask.request_id(),
                "client-request-id": ask.request_id(),
            });
        } else {
            headers.push(("x-ms-failure-cause", "gateway".to_owned()));
        }
        let mut response = ask.reply(self.status, &json!({"error": error}));
        response.headers.extend(headers);
        response
    }
}

/// The principal may not do this.
pub(super) fn denied(service: Service, who: (&str, &str), action: &str, scope: &str) -> Refusal {
    if service == Service::Graph {
        return Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.");
    }
    let (app, object) = who;
    Refusal::new(
        403,
        "AuthorizationFailed",
        format!(
            "The client '{app}' with object id '{object}' does not have authorization to perform action '{action}' over \
             scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
        ),
    )
}

/// The subscription does not use this provider.
pub(super) fn not_registered(namespace: &str) -> Refusal {
    let message = format!(
        "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how to \
         register subscriptions."
    );
    Refusal::new(409, "MissingSubscriptionRegistration", message)
}

/// The tenant has not bought this.
pub(super) fn unlicensed(service: Service) -> Refusal {
    if service == Service::Graph {
        let message = "Neither tenant is B2C or tenant doesn't have premium license";
        return Refusal::new(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message);
    }
    Refusal::new(
        400,
        "AadPremiumLicenseRequired",
        "The tenant needs to have Microsoft Entra ID P2 or Governance license.",
    )
}

/// Too many requests.
pub(super) fn throttled(service: Service, retry_after: u64) -> Refusal {
    let refusal = if service == Service::Graph {
        Refusal::new(429, "TooManyRequests", "Too many requests.")
    } else {
        let message = format!(
            "Number of requests for subscription exceeded the limit. Please try again after '{retry_after}' seconds."
        );
        Refusal::new(429, "SubscriptionRequestsThrottled", message)
    };
    refusal.with("retry-after", retry_after.to_string())
}

/// Azure's own trouble.
pub(super) fn broken(status: u16) -> Refusal {
    let code = if status == 503 { "ServiceUnavailable" } else { "InternalServerError" };
    Refusal::new(status, code, "The server is currently unable to process the request. Please try again later.")
}

/// No such object; `path` is lower-case.
pub(super) fn not_found(service: Service, path: &str) -> Refusal {
    let last = path.rsplit('/').next().unwrap_or_default();
    if service == Service::Graph {
        let message = format!(
            "Resource '{last}' does not exist or one of its queried reference-property objects are not present."
        );
        return Refusal::new(404, "Request_ResourceNotFound", message);
    }
    let parts: Vec<&str> = path.split('/').collect();
    let group = parts.iter().position(|part| *part == "resourcegroups").and_then(|at| parts.get(at + 1));
    if parts.len() == 5 && group == Some(&last) {
        return Refusal::new(404, "ResourceGroupNotFound", format!("Resource group '{last}' could not be found."));
    }
    let kind = arm_type_of(path).unwrap_or_default();
    let place = group.map(|group| format!(" under resource group '{group}'")).unwrap_or_default();
    let message = format!(
        "The Resource '{kind}/{last}'{place} was not found. For more details please go to \
         https://aka.ms/ARMResourceNotFoundFix"
    );
    Refusal::new(404, "ResourceNotFound", message)
}

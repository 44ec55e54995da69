//! The forms in which secrets come that no spec names: seeds in, an object with one secret in each form out. It knows
//! nothing of how they are found again.

use super::put::{as_map, joined};
use super::{BEFORE, Seeds, planted_in};
use crate::columns::redact::REDACTED;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Secrets in the forms that come under any name and in any place. `is_xml` leaves out what no element can be called.
pub(super) fn forms(seeds: &mut Seeds, is_xml: bool) -> Value {
    let mut s = || seeds.next();
    let mut forms = json!({
        "adminPassword": s(),
        "words": {"PGPASSWORD": s(), "CLIENTSECRET": s(), "storageContainerSasKey": s(), "x-functions-key": s(), "secretText": s()},
        "pairs": [
            {"name": "DB_PASSWORD", "value": s()},
            {"Name": "apiToken", "Value": s()},
            {"headerName": "Authorization", "headerValue": s()},
        ],
        "told": [{"keyName": "key1", "value": s()}, {"isSecret": true, "value": s()}],
        "wrapped": {"clientSecret": {"type": "String", "value": s()}},
        "typed": {"type": "SecureObject", "defaultValue": {"inner": [s()]}},
        "lists": {"connectionStrings": [s()], "deep": [[{"primaryKey": s()}]], "links": ["none", format!("https://x.example/y?sv=1&sig={}", s())]},
        "maps": {"a": {"b": {"accessToken": s()}}},
        "storage": format!("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=core.windows.net", s()),
        "bus": format!("Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey={}", s()),
        "settings": format!("Endpoint=https://x.azconfig.io;Id=a;Secret={}", s()),
        "sql": format!("Server=tcp:x;User ID=u;Password={};Encrypt=true", s()),
        "cache": format!("x.redis.cache.windows.net:6380,password={},ssl=True", s()),
        "signed": format!("https://x.blob.core.windows.net/c?sv=1&sig={}", s()),
        "encoded": format!("https://x.example/go?to=https%3A%2F%2Fy.example%3Fsv%3D1%26sig%3D{}", s()),
        "called": format!("https://f.azurewebsites.net/api/f?code={}", s()),
        "user": format!("https://user:{}@dev.azure.com/x", s()),
        "pem": format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", s()),
        "jwt": format!("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.{}", s()),
        "bearer": format!("Bearer 0123456789{}", s()),
        "json": format!("{{\"a\": {{\"password\": \"{}\"}}}}", s()),
        "yaml": format!("a: 1\npassword: {}\n", s()),
        "xml": format!("<a><password>{}</password></a>", s()),
        "command": format!("setup --password {}", s()),
        "variable": format!("export DB_PASSWORD={}; run", s()),
        "base64": STANDARD.encode(format!("{BEFORE}{}", s())),
    });
    if !is_xml {
        as_map(&mut forms).insert(format!("https://x.example/y?sig={}", s()), json!("behind a key"));
    }
    forms
}

/// Each secret in a value, and its place.
pub(super) fn secrets(value: &Value, place: &str, each: &mut dyn FnMut(&str, String)) {
    match value {
        Value::String(text) => planted_in(text.as_bytes()).into_iter().for_each(|text| each(place, text)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| secrets(item, &format!("{place}[{at}]"), each));
        }
        Value::Object(map) => {
            for (key, item) in map {
                let hidden = planted_in(key.as_bytes());
                hidden.into_iter().for_each(|text| each(&joined(place, REDACTED), text));
                secrets(item, &joined(place, key), each);
            }
        }
        _ => {}
    }
}

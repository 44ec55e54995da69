//! Pages, batches, and what lists leave out.

use super::*;

#[test]
fn pages() {
    let check = |options: Options, url: &str, link: &str, expected: &[&str]| {
        let caller = Caller::new(small(&[]).with_options(&options));
        let mut next = Some(url.to_owned());
        let mut seen = Vec::new();
        while let Some(url) = next {
            let (response, body) = caller.send("GET", &url, &Value::Null);
            assert!(response.is_page, "{url}");
            next = body[link].as_str().map(|link| link.strip_prefix(BASE).unwrap().to_owned());
            seen.push(line(&(response, body)));
        }
        assert_eq!(seen, expected, "{url}");
    };
    let two = Options { page_size: 2, ..Options::default() };
    let graph = "@odata.nextLink";
    check(two.clone(), "/v1.0/users", graph, &["200 u0 u1", "200 u2 u3", "200 u4"]);
    check(two.clone(), "/graph/v1.0/users?$top=999", graph, &["200 u0 u1", "200 u2 u3", "200 u4"]);
    check(Options::default(), "/v1.0/users?%24top=4", graph, &["200 u0 u1 u2 u3", "200 u4"]);
    check(Options { page_size: 0, ..two.clone() }, "/v1.0/users", graph, &["200 u0 u1 u2 u3 u4"]);
    check(
        Options { empty_last_page: true, page_size: 5, ..two.clone() },
        "/v1.0/users",
        graph,
        &["200 u0 u1 u2 u3 u4", "200"],
    );
    check(Options { empty_last_page: true, ..two.clone() }, "/v1.0/groups/g1/members", graph, &["200 u1", "200"]);
    let url = format!("/arm{}", assignments(DEV, "atScope()"));
    check(two.clone(), &url, "nextLink", &["200 root top", "200 d"]);
    let caller = Caller::new(small(&[]).with_options(&two));
    let (_, first) = caller.send("GET", &url, &Value::Null);
    let expected = format!("{BASE}{url}&%24skiptoken=sample-2");
    assert_eq!(first["nextLink"], expected.as_str());
    caller.check("/v1.0/users?$skiptoken=other", "400 InvalidSkipToken");
    caller.check("/v1.0/users?$skiptoken=sample-99", "200");
}

#[test]
fn batches() {
    let caller = Caller::new(small(&[("azure_user_group", None, "throttled")]));
    let item = |id: u32, url: &str| json!({"id": id.to_string(), "method": "GET", "url": url});
    let asked =
        json!({"requests": [item(1, "/users?$top=1"), item(2, "groups"), item(3, "/$batch"), item(4, "/users/u9")]});
    let (_, body) = caller.send("POST", "/graph/v1.0/$batch", &asked);
    let told: Vec<_> =
        body["responses"].as_array().unwrap().iter().map(|one| (one["id"].clone(), one["status"].clone())).collect();
    assert_eq!(json!(told), json!([["1", 200], ["2", 429], ["3", 400], ["4", 404]]));
    let first = &body["responses"][0]["body"];
    assert_eq!(first["@odata.nextLink"], format!("{BASE}/graph/v1.0/users?$top=1&%24skiptoken=sample-1").as_str());
    assert_eq!(body["responses"][1]["headers"]["retry-after"], "1");
    let many = json!({"requests": (0..21).map(|id| item(id, "/users")).collect::<Vec<_>>()});
    assert_eq!(line(&caller.send("POST", "/v1.0/$batch", &many)), "400 MaximumValueExceeded");
    assert_eq!(line(&caller.send("POST", "/v1.0/$batch", &json!([]))), "400 BadRequest");
}

#[test]
fn lists_leave_out_what_details_give() {
    let caller = Caller::new(small(&[]));
    let url =
        format!("/providers/Microsoft.Management/managementGroups?api-version={}", version("azure_management_group"));
    let (_, body) = caller.send("GET", &url, &Value::Null);
    assert_eq!(body["value"][1]["properties"], json!({"displayName": "A"}));
    let (_, body) = caller.send("GET", &url.replace('?', "/a?"), &Value::Null);
    assert_eq!(body["properties"]["children"][0]["id"], format!("/subscriptions/{PROD}").as_str());
}

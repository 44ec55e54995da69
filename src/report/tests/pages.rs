//! Pages of HTML.

use super::super::html;
use super::*;

#[test]
fn pages_stand_alone() {
    each_document(|name, document| {
        let page = written("html", document, WIDE);
        assert_eq!(page.matches("<script").count(), 1, "{name}");
        assert_eq!(page.matches("<style").count(), 1, "{name}");
        for loads in
            ["src=", "<link", "@import", "url(http", "javascript:alert(1)\"", " style=", " onclick", "<form", "<iframe"]
        {
            assert!(!page.contains(loads), "{name} has {loads}");
        }
        let inside = |tag: &str| {
            let start = page.find(&format!("<{tag}>")).unwrap() + tag.len() + 2;
            &page[start..start + page[start..].find(&format!("</{tag}>")).unwrap()]
        };
        let policy = &page[page.find("Content-Security-Policy").unwrap()..];
        let policy =
            policy[..policy.find('>').unwrap()].replace("&#x27;", "'").replace("&#39;", "'").replace("&#x2f;", "/");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        for (source, tag) in [("style-src", "style"), ("script-src", "script")] {
            let expected = format!("{source} 'sha256-{}'", html::hash(inside(tag)));
            assert!(policy.contains(&expected), "{name}: {expected} is not in {policy}");
        }
    });
}

#[test]
fn the_page_of_checks_shows_everything() {
    let report = checks();
    let page = written("html", &Document::Checks(&report), WIDE);
    assert_eq!(page.matches("<tr data-verdict=").count(), report.findings.len());
    for part in [
        "5 of 9 scopes were not read",
        "<code>azure_disk</code>",
        "1 control of the chosen packs without a check",
        "<tr><td>s1</td><td><code>microsoft.compute&#x2f;disks</code></td><td>1</td><td>3</td><td>Resource Graph</td></tr>",
        "href=\"https:&#x2f;&#x2f;learn.microsoft.com&#x2f;x\" rel=\"noreferrer noopener\"",
        "aria-label=\"storage: 1 fail, 1 pass\"",
        "az do --it",
        "&lt;script&gt;alert(1)",
        "\\u{202e}",
    ] {
        assert!(page.contains(part), "{part:?} is not on the page");
    }
}

//! `docs/workpaper.md` is a transcript: its commands run as they stand, in order, and print what stands below them. What
//! it draws are its twenty headings, and each of them is proved from `_raw`.

use crate::support::root;
use regex::Regex;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A block of commands, and what it prints.
struct Step {
    /// Where its fence opens, from 1.
    line: usize,
    script: String,
    /// The block `text` right below, if there is one.
    expected: Option<String>,
}

fn page() -> String {
    fs::read_to_string(root().join("docs/workpaper.md")).unwrap()
}

/// The blocks `sh` of a page.
fn steps(page: &str) -> Vec<Step> {
    let lines: Vec<&str> = page.lines().collect();
    let opens = (0..lines.len()).filter(|at| lines[*at] == "```sh");
    let step = |at: usize| {
        let (script, below) = fenced(&lines, at);
        let expected = (lines.get(below) == Some(&"```text")).then(|| fenced(&lines, below).0);
        Step { line: at + 1, script, expected }
    };
    opens.map(step).collect()
}

/// The block whose fence opens at a line, and the number of the line below it.
fn fenced(lines: &[&str], open: usize) -> (String, usize) {
    let inside = &lines[open + 1..];
    let length = inside.iter().position(|line| *line == "```").unwrap();
    (inside[..length].join("\n"), open + length + 2)
}

/// The exit code that a block tells, else 0: `# exit code 1: something failed`.
fn exit_code(script: &str) -> i32 {
    let told = script.split_once("# exit code ").map(|(_, rest)| rest);
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    told.map_or(0, |text| digits(text).parse().unwrap())
}

/// A reader's shell: nothing of this environment but the path, with the program first on it.
fn shell(dir: &Path, script: &str) -> Output {
    let programs = Path::new(env!("CARGO_BIN_EXE_azsnap")).parent().unwrap();
    Command::new("sh")
        .args(["-c", script])
        .current_dir(dir)
        .env_clear()
        .env("PATH", format!("{}:{}", programs.display(), std::env::var("PATH").unwrap()))
        .env("HOME", dir)
        .output()
        .unwrap()
}

#[test]
fn commands_print_what_the_page_says() {
    let steps = steps(&page());
    assert!(steps.iter().filter(|step| step.expected.is_some()).count() >= 25, "{} blocks", steps.len());
    let dir = TempDir::new().unwrap();
    let hash = Regex::new(r"\b[0-9a-f]{64}\b").unwrap();
    let mut exports = String::new();
    let mut differing = Vec::new();
    for step in &steps {
        let ran = shell(dir.path(), &format!("{exports}{}", step.script));
        let said = String::from_utf8_lossy(&ran.stderr);
        // The blocks below rest on this one.
        assert_eq!(ran.status.code(), Some(exit_code(&step.script)), "docs/workpaper.md:{}: {said}", step.line);
        for line in step.script.lines().filter(|line| line.starts_with("export ")) {
            exports.push_str(line);
            exports.push('\n');
        }
        let stdout = String::from_utf8(ran.stdout).unwrap();
        let printed = hash.replace_all(stdout.trim_end_matches('\n'), "<sha256>");
        if step.expected.as_ref().is_some_and(|expected| *expected != printed) {
            differing.push(format!("docs/workpaper.md:{}: printed is\n{printed}\n", step.line));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// A draw that changed is not copied over old proofs.
#[test]
fn what_is_drawn_is_proved() {
    let page = page();
    let drawn = steps(&page).into_iter().filter_map(|step| step.expected);
    let drawn = drawn.filter(|text| text.starts_with("verdict,slug,subject\n")).collect::<Vec<_>>().concat();
    let headings: Vec<String> = drawn
        .lines()
        .skip(1)
        .enumerate()
        .map(|(at, row)| {
            let cells: Vec<&str> = row.split(',').collect();
            format!("{}. {}: `{}` on `{}`", at + 1, cells[0], cells[1], cells[2])
        })
        .collect();
    assert_eq!(headings.len(), 20);
    let sections: Vec<&str> = page.split("\n### ").skip(1).collect();
    let proved: Vec<&str> = sections.iter().filter_map(|section| section.lines().next()).collect();
    assert_eq!(proved, headings);
    for section in sections {
        let section = section.split("\n## ").next().unwrap();
        let proofs = steps(section);
        let proof = proofs.first().filter(|proof| proofs.len() == 1 && proof.expected.is_some());
        assert!(proof.is_some_and(|proof| proof.script.contains("_raw")), "no proof from _raw: {section}");
        assert!(section.contains("\n**Holds"), "no conclusion: {section}");
    }
}

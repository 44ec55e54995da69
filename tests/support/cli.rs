//! The program as a user runs it: arguments in, exit code, stdout and stderr out; environment, width and paths fixed.

use assert_cmd::Command;
use std::path::Path;

/// What a run printed.
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Data.
    pub stdout: String,
    /// Messages.
    pub stderr: String,
}

/// Runs `azsnap` in a folder with nothing of the caller's environment but the path.
pub fn azsnap(dir: &Path, arguments: &[&str]) -> Ran {
    azsnap_with(dir, arguments, &[], "")
}

/// [`azsnap`] with variables and standard input.
pub fn azsnap_with(dir: &Path, arguments: &[&str], variables: &[(&str, &str)], stdin: &str) -> Ran {
    let output = Command::cargo_bin("azsnap")
        .unwrap()
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("HOME", dir)
        .envs(variables.iter().copied())
        .args(arguments)
        .write_stdin(stdin)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&dir.display().to_string(), "<dir>");
    Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Imports a date of the made-up tenant into `<dir>/archive`.
pub fn import_sample(dir: &Path, date: &str) {
    let source = super::root().join("samples/contoso").join(date);
    let ran = azsnap(
        dir,
        &["import", &source.display().to_string(), "--at", &format!("{date}T06:00:00Z"), "--archive", "archive"],
    );
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

//! One pack: the text of its TOML file in, its controls out.

use serde::Deserialize;

use super::finding::Severity;
use super::{PackError, front_matter};

/// Holds the controls of one version of a benchmark.
#[derive(Debug, Clone)]
pub struct Pack {
    /// Name of the pack, also the file stem.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// The benchmark it follows.
    pub framework: Option<String>,
    /// Version of the benchmark.
    pub version: Option<String>,
    /// What a reader must know about it.
    pub note: Option<String>,
    /// Its controls, in file order.
    pub controls: Vec<Control>,
    /// The whole file.
    pub text: String,
    /// Where the file is, for messages.
    pub file: String,
}

/// Holds one control of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Number or name in the pack.
    pub id: String,
    /// What must hold, in our words.
    pub title: String,
    /// Chapter it belongs to.
    pub section: Option<String>,
    /// Level of the benchmark.
    pub level: Option<u8>,
    /// Whether a machine can judge it.
    pub assessment: Option<Assessment>,
    /// How much a failure matters.
    pub severity: Option<Severity>,
}

/// States who judges a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assessment {
    /// A query can.
    Automated,
    /// A person has to.
    Manual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackText {
    title: String,
    framework: Option<String>,
    version: Option<String>,
    note: Option<String>,
    #[serde(default, rename = "control")]
    controls: Vec<Control>,
}

impl Pack {
    /// Reads the text of a pack's file.
    ///
    /// # Errors
    /// The TOML is wrong, or a control is there twice.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Pack, PackError> {
        let pack: PackText = front_matter::toml(file, text)?;
        for (at, control) in pack.controls.iter().enumerate() {
            if pack.controls[..at].iter().any(|other| other.id == control.id) {
                let message = format!("the control {} is there twice", control.id);
                return Err(PackError::Text { file: file.to_owned(), line: 1, message });
            }
        }
        Ok(Pack {
            name: name.to_owned(),
            title: pack.title,
            framework: pack.framework,
            version: pack.version,
            note: pack.note,
            controls: pack.controls,
            text: text.to_owned(),
            file: file.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs() {
        let text = "title = \"P\"\nversion = \"1\"\n[[control]]\nid = \"1.1\"\ntitle = \"One\"\nlevel = 2\nassessment = \"manual\"\nseverity = \"high\"\n";
        let pack = Pack::parse("p", "p.toml", text).unwrap();
        assert_eq!(
            (pack.title.as_str(), pack.controls[0].level, pack.controls[0].assessment),
            ("P", Some(2), Some(Assessment::Manual))
        );
        let fails = |more: &str, expected: &str| {
            let error = Pack::parse("p", "p.toml", &format!("{text}{more}")).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        };
        fails("[[control]]\nid = \"1.1\"\ntitle = \"again\"\n", "p.toml:1: the control 1.1 is there twice");
        fails("colour = 1\n", "p.toml:9: unknown field `colour`");
        fails("[[control]]\nid = \"2\"\n", "p.toml:9: missing field `title`");
    }
}

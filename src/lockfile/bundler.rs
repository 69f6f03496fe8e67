//! `Gemfile.lock` and `gems.locked` of Bundler: sections, indented by two, that list gems by their source.

use super::read::{Graph, git_name, lines};
use super::{Files, Lockfile, LockfileError};
use crate::model::{Ecosystem, Inventory, Package, PackageHash, PackageSource, RelPath, SourceFile};

pub struct Bundler;

impl Lockfile for Bundler {
    fn wants(&self, path: &RelPath) -> bool {
        let name = path.file_name();
        matches!(name, "Gemfile.lock" | "gems.locked") || name.ends_with(".gemfile.lock")
    }

    fn parse(&self, file: &SourceFile, _: &Files<'_>) -> Result<Inventory, LockfileError> {
        let mut reader = Reader { graph: Graph::new(), section: "", remote: "", revision: None, gem: None };
        for (start, line) in lines(&file.text).filter(|(_, line)| !line.trim().is_empty()) {
            reader.line(start, line).ok_or_else(|| LockfileError {
                offset: start,
                message: match reader.section {
                    "" => "a line outside of any section".to_owned(),
                    section => format!("a line of the section {section} that names no gem"),
                },
            })?;
        }
        Ok(reader.graph.finish(file))
    }
}

struct Reader<'t> {
    graph: Graph<String>,
    section: &'t str,
    remote: &'t str,
    revision: Option<&'t str>,
    /// The gem whose needs follow.
    gem: Option<usize>,
}

impl<'t> Reader<'t> {
    fn line(&mut self, start: usize, line: &'t str) -> Option<()> {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if indent == 0 {
            let is_section = content.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
            (self.section, self.remote, self.revision, self.gem) = (content, "", None, None);
            return is_section.then_some(());
        }
        match (self.section, indent) {
            ("", _) => None,
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 2) => {
                let (key, value) = content.split_once(':')?;
                match key {
                    "remote" => self.remote = value.trim(),
                    "revision" => self.revision = Some(value.trim()),
                    _ => {}
                }
                Some(())
            }
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 4) => {
                let (name, version) = gem(content)?;
                self.add(name, version, (start + indent, start + indent + content.trim_end().len()));
                Some(())
            }
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", _) => {
                let name = content.split(' ').next()?;
                self.graph.edge(self.gem?, name.to_owned());
                Some(())
            }
            ("DEPENDENCIES", _) => {
                // A `!` marks one whose source is not the usual one.
                let name = content.split([' ', '!']).next()?;
                self.graph.ask(name.to_owned(), None);
                Some(())
            }
            ("CHECKSUMS", _) => {
                let (gem_text, sum) = content.rsplit_once(") ").unwrap_or((content, ""));
                let (name, version) = gem(gem_text.trim_end_matches(')')).or_else(|| gem(content))?;
                let index = self.graph.find(format!("{name} {}", plain(version)).as_str());
                let hashes = sum.split(',').filter_map(PackageHash::from_prefixed);
                if let Some(package) = index.and_then(|index| self.graph.package(index)) {
                    package.hashes.extend(hashes);
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    fn add(&mut self, name: &str, version: &str, span: (usize, usize)) {
        let source = match self.section {
            // A gem that is developed here.
            "PATH" => PackageSource::Project,
            "GIT" => PackageSource::git(self.remote, self.revision),
            _ if matches!(git_name(self.remote).as_str(), "" | "rubygems.org" | "index.rubygems.org") => {
                PackageSource::Default
            }
            _ => PackageSource::registry(self.remote),
        };
        let version = plain(version);
        let package = Package { source, ..Package::new(Ecosystem::RubyGems, name, version, span) };
        // A gem that is built for several platforms has a line for each.
        let index = self.graph.add(format!("{name} {version}"), package);
        self.graph.share(name.to_owned(), index);
        self.gem = Some(index);
    }
}

/// `name` and `version` of `name (version)`.
fn gem(content: &str) -> Option<(&str, &str)> {
    let (name, version) = content.split_once(" (")?;
    Some((name, version.split(')').next()?))
}

/// Without the platform: `1.16.5` of `1.16.5-x86_64-linux`. A version itself has no dash.
fn plain(version: &str) -> &str {
    version.split('-').next().unwrap_or(version)
}

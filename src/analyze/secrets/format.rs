//! What a file is written in, as far as it matters for finding a value: whether values need quotes, what a name may hold,
//! what a comment and a string look like.

/// The formats that differ in how a name gets its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Nothing is known: only what is in quotes counts.
    #[default]
    Other,
    /// Text without quotes around values.
    Plain,
    C,
    JavaScript,
    Rust,
    Python,
    /// Ruby, Perl, R, Elixir: quotes and `#`.
    Script,
    Gradle,
    Sql,
    Shell,
    Dockerfile,
    DotEnv,
    Yaml,
    Toml,
    Ini,
    Properties,
    Json,
    Xml,
    Hcl,
    /// The code blocks of a document have formats of their own.
    Markdown,
}

impl Format {
    pub const ALL: &[Format] = &[
        Format::Other,
        Format::Plain,
        Format::C,
        Format::JavaScript,
        Format::Rust,
        Format::Python,
        Format::Script,
        Format::Gradle,
        Format::Sql,
        Format::Shell,
        Format::Dockerfile,
        Format::DotEnv,
        Format::Yaml,
        Format::Toml,
        Format::Ini,
        Format::Properties,
        Format::Json,
        Format::Xml,
        Format::Hcl,
        Format::Markdown,
    ];

    /// One of all that read what is bound to a name in the same way: JavaScript and scripts are read like Rust, `.env` like
    /// text.
    pub fn readings() -> impl Iterator<Item = Format> + Clone {
        let has_another = |format: &Format| matches!(format, Format::JavaScript | Format::Script | Format::DotEnv);
        Format::ALL.iter().copied().filter(move |format| !has_another(format))
    }
}

const BY_EXTENSION: &[(Format, &[&str])] = &[
    (
        Format::C,
        &[
            "c", "h", "cc", "cpp", "cxx", "hpp", "cs", "java", "go", "kt", "kts", "scala", "swift", "dart", "m", "mm",
            "php", "proto", "sol", "zig", "fs",
        ],
    ),
    (Format::JavaScript, &["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"]),
    (Format::Rust, &["rs"]),
    (Format::Python, &["py", "pyi", "pyw", "bzl"]),
    (Format::Script, &["rb", "pl", "pm", "r", "ex", "exs", "jl", "tcl", "nix", "rake", "gemspec"]),
    (Format::Gradle, &["gradle", "groovy", "jenkinsfile"]),
    (Format::Sql, &["sql", "ddl", "psql"]),
    (Format::Shell, &["sh", "bash", "zsh", "fish", "ksh", "bat", "cmd", "ps1", "psm1"]),
    (Format::Dockerfile, &["dockerfile", "containerfile"]),
    (Format::DotEnv, &["env", "envrc"]),
    (Format::Yaml, &["yaml", "yml"]),
    (Format::Toml, &["toml"]),
    (Format::Ini, &["ini", "cfg", "conf", "cnf", "config", "service", "npmrc", "pypirc", "gitconfig"]),
    (Format::Properties, &["properties"]),
    (Format::Json, &["json", "jsonc", "json5", "tfstate", "webmanifest"]),
    (Format::Xml, &["xml", "xhtml", "html", "htm", "csproj", "props", "plist", "pom", "xaml", "resx", "jsp"]),
    (Format::Hcl, &["tf", "tfvars", "hcl", "nomad", "bicep"]),
    (Format::Markdown, &["md", "mdx", "markdown"]),
    (Format::Plain, &["txt"]),
];

/// Info strings of code blocks that are no extension.
const BY_FENCE: &[(&str, Format)] = &[
    ("python", Format::Python),
    ("javascript", Format::JavaScript),
    ("typescript", Format::JavaScript),
    ("rust", Format::Rust),
    ("ruby", Format::Script),
    ("shell", Format::Shell),
    ("console", Format::Shell),
    ("shell-session", Format::Shell),
    ("powershell", Format::Shell),
    ("docker", Format::Dockerfile),
    ("dotenv", Format::DotEnv),
    ("terraform", Format::Hcl),
    ("csharp", Format::C),
    ("kotlin", Format::C),
    ("golang", Format::C),
];

impl Format {
    /// By the name and the extension of a file, both in lower case.
    pub fn of(file: &str, extension: &str) -> Format {
        match file {
            ".npmrc" | ".yarnrc" | ".pypirc" | "credentials" | ".my.cnf" => return Format::Ini,
            ".bashrc" | ".zshrc" | ".profile" | ".bash_profile" => return Format::Shell,
            "jenkinsfile" => return Format::Gradle,
            "vagrantfile" | "gemfile" | "rakefile" => return Format::Script,
            _ if file.starts_with(".env") || file.starts_with("env.") => return Format::DotEnv,
            _ if file.starts_with("dockerfile") || file.starts_with("containerfile") => return Format::Dockerfile,
            _ => {}
        }
        Format::by_extension(extension)
    }

    fn by_extension(extension: &str) -> Format {
        BY_EXTENSION.iter().find(|(_, names)| names.contains(&extension)).map_or(Format::Other, |(format, _)| *format)
    }

    /// By the info string of a code block; an unnamed one may hold anything.
    pub fn of_fence(info: &str) -> Format {
        let end = info.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(info.len());
        let name = info.get(..end).unwrap_or_default().to_ascii_lowercase();
        match BY_FENCE.iter().find(|(known, _)| *known == name) {
            Some((_, format)) => *format,
            None => Format::by_extension(&name),
        }
    }

    /// Whether a value may stand without quotes.
    pub fn has_bare_values(self) -> bool {
        matches!(
            self,
            Format::Plain
                | Format::Shell
                | Format::Dockerfile
                | Format::DotEnv
                | Format::Yaml
                | Format::Ini
                | Format::Properties
        )
    }

    /// Whether a bare value may be followed by something else on its line.
    pub fn has_many_on_a_line(self) -> bool {
        matches!(self, Format::Shell | Format::Dockerfile | Format::Ini)
    }

    /// Whether a name may be dotted: `spring.datasource.password`. In code that is an object and its field.
    pub fn has_dotted_names(self) -> bool {
        matches!(self, Format::Properties | Format::Ini | Format::Yaml | Format::Xml | Format::Toml)
    }

    /// Whether a value may stand on the line after the operator.
    pub fn is_code(self) -> bool {
        matches!(self, Format::C | Format::JavaScript | Format::Rust | Format::Python | Format::Gradle | Format::Script)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_code_blocks_have_a_format() {
        for (file, extension, format) in [
            (".env.local", "local", Format::DotEnv),
            ("dockerfile.prod", "prod", Format::Dockerfile),
            ("jenkinsfile", "", Format::Gradle),
            ("values.yaml", "yaml", Format::Yaml),
            ("main.tf", "tf", Format::Hcl),
            ("notes", "", Format::Other),
        ] {
            assert_eq!(Format::of(file, extension), format, "{file}");
        }
        for (info, format) in
            [("yaml", Format::Yaml), ("bash title=x", Format::Shell), ("Terraform", Format::Hcl), ("", Format::Other)]
        {
            assert_eq!(Format::of_fence(info), format, "{info}");
        }
    }
}

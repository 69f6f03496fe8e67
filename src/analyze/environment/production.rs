//! Switches that are for development, where a program runs for others: what it says then helps an attacker more than anyone.

use std::ops::Range;

use super::setting::{Setting, Stage};
use crate::model::RelPath;

/// A switch that is on.
#[derive(Debug, PartialEq, Eq)]
pub struct Switch {
    pub span: Range<usize>,
    /// `FLASK_DEBUG=1`.
    pub what: String,
    /// It makes logs longer, and no more.
    pub is_mild: bool,
}

/// Whether the setting is one that development alone wants.
pub fn switch(setting: &Setting) -> Option<Switch> {
    const MODES: &[&str] = &[
        "APP_ENV",
        "ASPNETCORE_ENVIRONMENT",
        "DJANGO_ENV",
        "DOTNET_ENVIRONMENT",
        "FLASK_ENV",
        "GO_ENV",
        "MIX_ENV",
        "NODE_ENV",
        "RACK_ENV",
        "RAILS_ENV",
        "SPRING_PROFILES_ACTIVE",
        "SYMFONY_ENV",
    ];
    const DEBUG: &[&str] =
        &["APP_DEBUG", "DEBUG", "DJANGO_DEBUG", "FLASK_DEBUG", "SYMFONY_DEBUG", "WERKZEUG_DEBUG_PIN_OFF", "WP_DEBUG"];
    let name = setting.name.to_ascii_uppercase();
    let value = setting.value.to_ascii_lowercase();
    let is_mode = MODES.contains(&name.as_str()) && matches!(value.as_str(), "dev" | "development" | "local");
    let is_mild = matches!(name.as_str(), "LOG_LEVEL" | "LOGLEVEL") && matches!(value.as_str(), "debug" | "trace");
    let is_debug = DEBUG.contains(&name.as_str()) && setting.is_on() || (name == "GIN_MODE" && value == "debug");
    (is_mode || is_mild || is_debug).then(|| Switch {
        span: setting.span.clone(),
        what: format!("{}={}", setting.name, setting.value),
        is_mild,
    })
}

/// Whether the file is the settings of a framework for production, by where the framework wants them.
pub fn is_settings(path: &RelPath) -> bool {
    framework(path).is_some()
}

#[derive(Clone, Copy)]
enum Framework {
    Django,
    Rails,
    Laravel,
    Spring,
    AspNet,
}

fn framework(path: &RelPath) -> Option<Framework> {
    let name = path.file_name();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_production = Stage::of(stem) == Stage::Production;
    let text = path.as_str();
    match path.extension()? {
        "py" if is_production => Some(Framework::Django),
        "rb" if text.ends_with("config/environments/production.rb") => Some(Framework::Rails),
        "php" if text.ends_with("config/app.php") => Some(Framework::Laravel),
        "properties" if is_production && stem.starts_with("application") => Some(Framework::Spring),
        "json" if name == "appsettings.Production.json" => Some(Framework::AspNet),
        _ => None,
    }
}

/// The switches that are on in such a file.
pub fn switches(path: &RelPath, text: &str) -> Vec<Switch> {
    let Some(framework) = framework(path) else { return Vec::new() };
    let (names, is_on): (&[&str], &[&str]) = match framework {
        // A script for production that has its own `DEBUG` is no settings module.
        Framework::Django if !is_django(path, text) => return Vec::new(),
        Framework::Django => (&["DEBUG", "TEMPLATE_DEBUG"], &["True"]),
        Framework::Rails => (&["config.consider_all_requests_local"], &["true"]),
        Framework::Laravel => (&["'debug'", "\"debug\""], &["true"]),
        Framework::Spring => (&["debug", "trace", "server.error.include-stacktrace"], &["true", "always"]),
        Framework::AspNet => (&["\"DetailedErrors\""], &["true"]),
    };
    let mut offset = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim();
        let Some(name) = names.iter().find(|name| content.starts_with(**name)) else { continue };
        let rest = content.get(name.len()..).unwrap_or_default().trim_start();
        let Some(value) = ["=>", "=", ":"].iter().find_map(|sign| rest.strip_prefix(sign)) else { continue };
        let whole = value.split('#').next().unwrap_or_default().trim();
        let value = whole.trim_end_matches(',');
        // On unless someone says otherwise.
        let is_default = matches!(framework, Framework::Django)
            && ["default=True)", ", True)"].iter().any(|end| whole.ends_with(end));
        if is_on.contains(&value) || is_default {
            let from = start + line.len() - line.trim_start().len();
            found.push(Switch { span: from..from + content.len(), what: format!("{name} = {value}"), is_mild: false });
        }
    }
    found
}

fn is_django(path: &RelPath, text: &str) -> bool {
    path.as_str().contains("settings")
        || ["INSTALLED_APPS", "ALLOWED_HOSTS", "DJANGO"].iter().any(|name| text.contains(name))
        || text.lines().any(|line| line.starts_with("from .") && line.ends_with("import *"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_for_development_are_known() {
        let on = |name: &str, value: &str| {
            switch(&Setting { name: name.to_owned(), value: value.to_owned(), span: 0..0 }).map(|it| it.is_mild)
        };
        assert_eq!(on("NODE_ENV", "development"), Some(false));
        assert_eq!(on("FLASK_DEBUG", "1"), Some(false));
        assert_eq!(on("LOG_LEVEL", "DEBUG"), Some(true));
        for (name, value) in [
            ("NODE_ENV", "production"),
            ("DEBUG", "express:*"),
            ("DEBUG", "0"),
            ("RUST_BACKTRACE", "full"),
            ("LOG_LEVEL", "info"),
        ] {
            assert_eq!(on(name, value), None, "{name}={value}");
        }
    }

    #[test]
    fn settings_of_frameworks_are_read_where_they_want_them() {
        let found = |path: &str, text: &str| {
            switches(&RelPath::new(path), text).into_iter().map(|it| text[it.span].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            found("app/settings/production.py", "from .base import *\n\nDEBUG = True  # now\n"),
            ["DEBUG = True  # now"]
        );
        assert_eq!(found("settings/prod.py", "DEBUG = env.bool('DEBUG', default=True)\n").len(), 1);
        assert_eq!(
            found("config/environments/production.rb", "  config.consider_all_requests_local = true\n"),
            ["config.consider_all_requests_local = true"]
        );
        assert_eq!(found("config/app.php", "return [\n    'debug' => true,\n];"), ["'debug' => true,"]);
        assert_eq!(
            found("application-prod.properties", "debug=true\nserver.error.include-stacktrace=always\n").len(),
            2
        );
        assert_eq!(found("appsettings.Production.json", "{\n  \"DetailedErrors\": true\n}").len(), 1);
        for (path, text) in [
            ("app/settings/development.py", "from .base import *\nDEBUG = True\n"),
            (
                "app/settings/production.py",
                "DEBUG = False\n# DEBUG = True\nDEBUG_TOOLBAR = True\nDEBUG = env.bool('DEBUG')\n",
            ),
            ("scripts/production.py", "DEBUG = True\n"),
            ("config/app.php", "'debug' => (bool) env('APP_DEBUG', false),"),
            ("config/environments/development.rb", "config.consider_all_requests_local = true\n"),
        ] {
            assert!(found(path, text).is_empty(), "{path} {text}");
        }
    }
}

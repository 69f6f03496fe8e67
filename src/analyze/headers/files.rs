//! Which files configure a server, by their names; what a file really is, its text must show.

use crate::model::{Target, TargetRole};

/// A configuration that is read with others: nginx, Apache and Caddy include files, hosts have a file beside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// nginx's or Apache's: their files share endings.
    Server,
    Htaccess,
    Caddyfile,
    Hosting(Host),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    HeadersFile,
    Netlify,
    Vercel,
    Firebase,
}

/// A configuration that stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    Haproxy,
    Yaml,
    Toml,
    Json,
    Terraform,
    Properties,
}

/// `None` for what serves nobody: tests, and what others wrote.
pub fn shared(target: &Target) -> Option<Shared> {
    if !matches!(target.role, TargetRole::Source | TargetRole::Script) {
        return None;
    }
    let path = target.path.as_str().to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or(&path);
    match file {
        ".htaccess" | "htaccess" => return Some(Shared::Htaccess),
        "_headers" => return Some(Shared::Hosting(Host::HeadersFile)),
        "netlify.toml" => return Some(Shared::Hosting(Host::Netlify)),
        "vercel.json" | "now.json" => return Some(Shared::Hosting(Host::Vercel)),
        "firebase.json" => return Some(Shared::Hosting(Host::Firebase)),
        _ => {}
    }
    if file.starts_with("caddyfile") || file.ends_with(".caddyfile") || file.ends_with(".caddy") {
        return Some(Shared::Caddyfile);
    }
    // HAProxy's ending as well; it is told apart by its name.
    if file.contains("haproxy") || path.contains("haproxy/") {
        return None;
    }
    is_server_path(target, &path, file).then_some(Shared::Server)
}

fn is_server_path(target: &Target, path: &str, file: &str) -> bool {
    let is_server_folder = |part: &str| {
        ["nginx", "apache", "httpd"].iter().any(|name| part.contains(name))
            || matches!(part, "sites-available" | "sites-enabled" | "conf.d")
    };
    let in_server_folder = path.split('/').rev().skip(1).any(is_server_folder);
    match target.path.extension() {
        Some("conf" | "nginx" | "nginxconf" | "vhost") => true,
        Some("inc") => in_server_folder,
        Some("template" | "tmpl" | "tpl") => file.contains(".conf.") || file.contains("nginx"),
        _ => file.starts_with("nginx.conf") || (in_server_folder && target.language.is_none()),
    }
}

/// Whether the path says that the file shows how something is done.
pub fn is_example(target: &Target) -> bool {
    const SHOWN: &[&str] = &["example", "demo", "sample", "tutorial", "docs", "doc"];
    let path = target.path.as_str().to_ascii_lowercase();
    let mut folders = path.split('/').rev().skip(1);
    folders
        .any(|folder| SHOWN.iter().any(|word| folder.strip_suffix('s').unwrap_or(folder) == *word || folder == *word))
}

pub fn alone(target: &Target) -> Option<Alone> {
    if !matches!(target.role, TargetRole::Source | TargetRole::Script) || shared(target).is_some() {
        return None;
    }
    let path = target.path.as_str().to_ascii_lowercase();
    let file = path.rsplit('/').next().unwrap_or(&path);
    Some(match target.path.extension() {
        Some("cfg" | "conf") if file.contains("haproxy") || path.contains("haproxy/") => Alone::Haproxy,
        Some("cfg") if file != "setup.cfg" => Alone::Haproxy,
        Some("yml" | "yaml") => Alone::Yaml,
        Some("template") => Alone::Yaml,
        Some("toml") => Alone::Toml,
        Some("json") => Alone::Json,
        Some("tf") => Alone::Terraform,
        Some("properties") if file.starts_with("application") || file.starts_with("bootstrap") => Alone::Properties,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        for (path, is) in [
            ("nginx.conf", Some(Shared::Server)),
            ("deploy/nginx/default.conf.template", Some(Shared::Server)),
            ("etc/apache2/sites-available/a", Some(Shared::Server)),
            ("public/.htaccess", Some(Shared::Htaccess)),
            ("Caddyfile.dev", Some(Shared::Caddyfile)),
            ("public/_headers", Some(Shared::Hosting(Host::HeadersFile))),
            ("haproxy/haproxy.cfg", None),
            ("tests/nginx.conf", None),
            ("src/main.rs", None),
        ] {
            assert_eq!(shared(&Target::at(path)), is, "{path}");
        }
        for (path, is) in [
            ("haproxy.cfg", Some(Alone::Haproxy)),
            ("setup.cfg", None),
            ("traefik/dynamic.yml", Some(Alone::Yaml)),
            ("infra/cdn.tf", Some(Alone::Terraform)),
            ("src/main/resources/application.properties", Some(Alone::Properties)),
            ("vercel.json", None),
            ("node_modules/a/b.json", None),
        ] {
            assert_eq!(alone(&Target::at(path)), is, "{path}");
        }
    }
}

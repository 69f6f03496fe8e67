//! Credentials that everybody knows: those that an image or a chart is delivered with, and those that come to mind first.

use super::names::{is_secret, is_value, looks_random};
use super::setting::Setting;

/// In lower case.
const KNOWN: &[&str] = &[
    "1234",
    "123456",
    "12345678",
    "admin",
    "admin123",
    "administrator",
    "airflow",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "default",
    "elastic",
    "example",
    "grafana",
    "guest",
    "keycloak",
    "letmein",
    "mariadb",
    "minio",
    "minio123",
    "minioadmin",
    "mongo",
    "mongodb",
    "mysql",
    "neo4j",
    "oracle",
    "p@ssw0rd",
    "pass",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "pgadmin",
    "postgres",
    "prom-operator",
    "qwerty",
    "rabbitmq",
    "redis",
    "root",
    "rootpassword",
    "sa",
    "secret",
    "sonar",
    "superset",
    "test",
    "toor",
    "user",
];

/// Whether a secret of this name has a value that everybody knows. `user` is who it belongs to, where that is told.
pub fn is_known(name: &str, value: &str, user: Option<&str>) -> bool {
    let is_users = || user.is_some_and(|user| user.eq_ignore_ascii_case(value.trim()));
    is_secret(&snake(name)) && (is_everyones(value) || is_users())
}

/// Whether it is one of the passwords that everybody tries first.
pub fn is_everyones(value: &str) -> bool {
    KNOWN.binary_search(&value.trim().to_ascii_lowercase().as_str()).is_ok()
}

/// Whether this names a password as such; `secretKey` and `existingSecret` name a place where one is.
pub fn is_password(name: &str) -> bool {
    let snake = snake(name);
    is_secret(&snake) && ["PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "PWD"].iter().any(|end| snake.ends_with(end))
}

/// The user of the same thing among `settings`: `POSTGRES_USER` of `POSTGRES_PASSWORD`.
pub fn user_of<'s>(name: &str, settings: &'s [Setting]) -> Option<&'s str> {
    let snake = snake(name);
    let stem = ["_PASSWORD", "_PASS", "_PASSWD", "_PWD"].iter().find_map(|end| snake.strip_suffix(end))?;
    let is_user = |name: &str| {
        let other = self::snake(name);
        ["_USER", "_USERNAME", "_LOGIN", ""].iter().any(|end| other == format!("{stem}{end}"))
    };
    settings.iter().find(|one| is_user(&one.name)).map(|one| one.value.as_str()).filter(|user| !user.is_empty())
}

/// A literal that someone made up; what looks drawn at random is found with the other secrets.
pub fn is_made_up(value: &str) -> bool {
    let value = value.trim();
    is_value(value) && !value.contains(['$', '{', '<', ' ']) && !looks_random(value)
}

/// `adminPassword` and `admin-password` as `ADMIN_PASSWORD`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && was_lower {
            snake.push('_');
        }
        was_lower = c.is_lowercase() || c.is_ascii_digit();
        snake.push(if c.is_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_credentials_are_told_from_others() {
        assert!(KNOWN.is_sorted());
        for (name, value, user, expected) in [
            ("POSTGRES_PASSWORD", "postgres", None, true),
            ("adminPassword", "Admin", None, true),
            ("RABBITMQ_DEFAULT_PASS", "guest", None, true),
            ("MYSQL_PASSWORD", "shop", Some("shop"), true),
            ("MYSQL_PASSWORD", "shop", None, false),
            ("POSTGRES_USER", "postgres", None, false),
            ("PASSWORD_FILE", "secret", None, false),
            ("JWT_SECRET", "changeme", None, true),
            ("secretName", "test", None, false),
            ("passwordKey", "password", None, false),
        ] {
            assert_eq!(is_known(name, value, user), expected, "{name}={value}");
        }
    }

    #[test]
    fn passwords_are_told_from_their_places_and_switches() {
        assert!(is_password("adminPassword") && is_password("DB_PASS"));
        assert!(!is_password("existingSecret") && !is_password("secretKey") && !is_password("passwordKey"));
        assert!(is_made_up("hunter2") && is_made_up("walrus-and-carpenter"));
        for value in ["", "true", "${var.x}", "<fill me in>", "/run/secrets/password"] {
            assert!(!is_made_up(value), "{value}");
        }
    }

    #[test]
    fn the_user_of_a_password_is_found() {
        let setting = |name: &str, value: &str| Setting { name: name.to_owned(), value: value.to_owned(), span: 0..0 };
        let settings = [setting("POSTGRES_USER", "app"), setting("POSTGRES_DB", "x")];
        assert_eq!(user_of("POSTGRES_PASSWORD", &settings), Some("app"));
        assert_eq!(user_of("MYSQL_PASSWORD", &settings), None);
    }
}

//! Names that secrets are assigned to: `db_password`, `clientSecret`, `X-Api-Key`; and names that only look like it.

use super::words::{ENDS, FOREIGN, KEY_ENDS, KEY_OWNERS, KEYS, OTHERS, PASSWORDS, TAILS, TRUSTED};

/// What a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Chosen by a person: short, with words in it.
    Password,
    /// `pass` alone: a password, or something else altogether.
    Pass,
    /// Made by a machine: long and random.
    Key,
}

/// Judges `name` by its parts; `None` for a name that promises no secret.
pub fn classify(name: &str) -> Option<Kind> {
    let parts = parts(name);
    let mut rest: &[String] = &parts;
    while let [before @ .., last] = rest
        && !before.is_empty()
        && (TAILS.contains(&last.as_str()) || last.bytes().all(|byte| byte.is_ascii_digit()))
    {
        rest = before;
    }
    let (last, before) = rest.split_last()?;
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    if before.iter().any(|part| OTHERS.contains(&part.as_str())) {
        return None;
    }
    if last == "pass" {
        // `proxy_pass` of a web server hands on.
        let hands_on = before
            .last()
            .is_some_and(|part| ["proxy", "fastcgi", "uwsgi", "scgi", "grpc", "by"].contains(&part.as_str()));
        return (!hands_on).then_some(if before.is_empty() { Kind::Pass } else { Kind::Password });
    }
    // `forgotpassword` is no more than `forgot_password`.
    let ends = |ends: &[&str]| {
        ends.iter().any(|end| last.strip_suffix(end).is_some_and(|start| !start.is_empty() && !OTHERS.contains(&start)))
    };
    if PASSWORDS.contains(&last)
        || ends(ENDS)
        || matches!((before.last().map(String::as_str), last), (Some("de"), "passe"))
    {
        return Some(Kind::Password);
    }
    let is_owned_key =
        matches!(last, "key" | "keys") && before.last().is_some_and(|owner| KEY_OWNERS.contains(&owner.as_str()));
    (KEYS.contains(&last) || is_owned_key || ends(KEY_ENDS)).then_some(Kind::Key)
}

/// Whether a program trusts whoever knows the value of the variable `name`, which is no password.
pub fn is_trusted(name: &str) -> bool {
    let parts = parts(name);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [.., first, "secret"] => !FOREIGN.contains(first),
        ["secret"]
        | [.., "pepper" | "secretkey" | "jwtsecret" | "signingkey" | "encryptionkey" | "jwtkey" | "hmackey"] => true,
        [before @ .., owner, "key"] => TRUSTED.contains(owner) && !before.iter().any(|part| FOREIGN.contains(part)),
        _ => false,
    }
}

/// Whether `name` is that of a key which somebody else issued: an API key, an access token. Even a test needs a real one.
pub fn is_issued(name: &str) -> bool {
    let parts = parts(name);
    let has = |word: &str| parts.iter().any(|part| part == word);
    [
        "api",
        "access",
        "client",
        "account",
        "oauth",
        "bearer",
        "apikey",
        "apitoken",
        "accesstoken",
        "clientsecret",
        "refresh",
    ]
    .iter()
    .any(|word| has(word))
}

/// The words of a name in snake, kebab or camel case, in lower case.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut chars = name.chars().peekable();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        let next_is_lower = chars.peek().is_some_and(char::is_ascii_lowercase);
        let starts = c.is_ascii_uppercase()
            && (last.is_ascii_lowercase() || last.is_ascii_digit() || (last.is_ascii_uppercase() && next_is_lower));
        if (starts || !c.is_ascii_alphanumeric()) && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        if c.is_ascii_alphanumeric() {
            part.push(c.to_ascii_lowercase());
        }
        last = c;
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_at_every_convention() {
        assert_eq!(parts("dbPassword"), ["db", "password"]);
        assert_eq!(parts("X-API-Key"), ["x", "api", "key"]);
        assert_eq!(parts("APIKey2"), ["api", "key2"]);
        assert_eq!(parts("__SECRET_KEY__"), ["secret", "key"]);
    }

    #[test]
    fn keys_of_our_own_are_told_from_those_of_others() {
        for name in ["SECRET_KEY", "JWT_SECRET", "SESSION_SECRET", "secret", "APP_ENCRYPTION_KEY", "WEBHOOK_SECRET"] {
            assert!(is_trusted(name), "{name}");
        }
        for name in ["GITHUB_TOKEN", "OPENAI_API_KEY", "CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "STRIPE_SECRET_KEY"] {
            assert!(!is_trusted(name), "{name}");
        }
        assert_eq!(classify("pass"), Some(Kind::Pass));
    }

    #[test]
    fn a_name_is_judged_by_its_last_part() {
        for name in
            ["password", "DB_PASSWORD", "userPwd", "smtp_pass", "dbpassword", "password2", "ADMIN_PASSWORD_PROD"]
        {
            assert_eq!(classify(name), Some(Kind::Password), "{name}");
        }
        for name in [
            "token",
            "apiKey",
            "api_key",
            "X-Api-Key",
            "client_secret",
            "SECRET_KEY",
            "aws_secret_access_key",
            "accountKey",
        ] {
            assert_eq!(classify(name), Some(Kind::Key), "{name}");
        }
        for name in [
            "tokenizer",
            "passwordField",
            "secretName",
            "token_type",
            "password_hash",
            "next_token",
            "proxy_pass",
            "fastcgi_pass",
            "key",
            "cache_key",
            "eos_token",
            "public_key",
            "passwordless",
            "secret_id",
            "author",
            "authority",
            "forgotPassword",
            "forgotpassword",
            "tokens",
            "",
        ] {
            assert_eq!(classify(name), None, "{name}");
        }
    }
}

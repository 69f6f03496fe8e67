//! Names that secrets are assigned to: `db_password`, `clientSecret`, `X-Api-Key`; and names that only look like it.

/// What a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Chosen by a person: short, with words in it.
    Password,
    /// Made by a machine: long and random.
    Key,
}

/// Last parts that stand for a password.
const PASSWORDS: &[&str] = &["password", "passwd", "passwort", "passphrase", "pwd", "pass", "passcode"];

/// Last parts that stand for a key on their own.
const KEYS: &[&str] = &[
    "secret",
    "secrets",
    "token",
    "apikey",
    "authkey",
    "accesskey",
    "privatekey",
    "secretkey",
    "credential",
    "credentials",
    "auth",
    "apitoken",
    "authtoken",
    "accesstoken",
    "apisecret",
    "clientsecret",
];

/// What makes a key of `…_key`.
const KEY_OWNERS: &[&str] = &[
    "api",
    "access",
    "private",
    "secret",
    "auth",
    "encryption",
    "signing",
    "account",
    "master",
    "shared",
    "service",
    "storage",
];

/// Parts behind the telling one that do not change what it is.
const TAILS: &[&str] = &[
    "dev",
    "prod",
    "production",
    "staging",
    "live",
    "value",
    "string",
    "text",
    "plaintext",
    "raw",
    "base64",
    "default",
    "env",
];

/// Parts that make a name another thing: a position in a text, a page of a list, something public.
const OTHERS: &[&str] = &[
    "next",
    "page",
    "continuation",
    "cursor",
    "eos",
    "bos",
    "pad",
    "unk",
    "mask",
    "sep",
    "cls",
    "special",
    "stop",
    "start",
    "end",
    "cancel",
    "cancellation",
    "syntax",
    "lex",
    "lexer",
    "parse",
    "parser",
    "keyword",
    "operator",
    "comment",
    "open",
    "close",
    "left",
    "right",
    "prev",
    "previous",
    "peek",
    "public",
    "publishable",
    "anon",
    "site",
    "design",
    "color",
    "theme",
    "no",
    "is",
    "has",
    "invalid",
    "wrong",
    "forgot",
    "reset",
    "confirm",
    "show",
    "hide",
    "toggle",
    "require",
    "required",
    "missing",
    "change",
    "update",
    "enter",
    "new",
    "old",
    "sort",
    "primary",
    "foreign",
    "partition",
    "csrf",
    "xsrf",
    "sync",
    "image",
    "audio",
    "video",
    "text",
    "newline",
    "whitespace",
    "separator",
    "delimiter",
    "test",
    "expected",
    "error",
    "symbol",
    "unexpected",
    "optional",
    "insert",
    "hash",
    "hashed",
    "encrypted",
    "bad",
    "label",
];

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
    if PASSWORDS.contains(&last) {
        // `pass` alone is a test that passed, a pass of a compiler, a ticket.
        return (last != "pass" || !before.is_empty()).then_some(Kind::Password);
    }
    let is_owned_key = last == "key" && before.last().is_some_and(|owner| KEY_OWNERS.contains(&owner.as_str()));
    (KEYS.contains(&last) || is_owned_key).then_some(Kind::Key)
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
    fn a_name_is_judged_by_its_last_part() {
        for name in ["password", "DB_PASSWORD", "userPwd", "smtp_pass", "password2", "ADMIN_PASSWORD_PROD"] {
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
            "pass",
            "key",
            "cache_key",
            "eos_token",
            "public_key",
            "passwordless",
            "secret_id",
            "author",
            "authority",
            "forgotPassword",
            "tokens",
            "",
        ] {
            assert_eq!(classify(name), None, "{name}");
        }
    }
}

//! The words that names of secrets consist of, and, made of them, the keywords that such names are found by.

use std::sync::LazyLock;

/// Words whose every name is found by a part of it.
const STEMS: &[&str] = &[
    "passw",
    "passphrase",
    "passcode",
    "pwd",
    "_pass",
    "pass:",
    "pass\"",
    "pass'",
    "pass =",
    "pass=",
    "de_passe",
    "secret",
    "token",
    "credential",
    "_auth",
];

/// Words that on their own name a way to log in more often than what it takes: only found by what stands before them.
const TOO_COMMON: &[&str] = &["auth"];

/// What every name that promises a secret contains, in lower case; part of the detector's one automaton.
pub static KEYWORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let owned = KEY_OWNERS.iter().flat_map(|owner| ["", "_", "-"].map(|joint| format!("{owner}{joint}key")));
    let words = PASSWORDS.iter().chain(KEYS).filter(|word| !TOO_COMMON.contains(word)).map(|word| (*word).to_owned());
    let is_new = |word: &String| !STEMS.iter().any(|stem| word.contains(stem));
    let mut keywords: Vec<String> = words.chain(owned).filter(is_new).collect();
    keywords.extend(STEMS.iter().map(|stem| (*stem).to_owned()));
    keywords.sort_unstable();
    keywords.dedup();
    keywords
});

/// Last parts that stand for a password; `password` and `passwd` also as the end of a part: `dbpassword`.
pub const PASSWORDS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "pwd",
    "passcode",
    "passw",
    "dbpass",
    "smtppass",
    "mailpass",
    "adminpass",
    "rootpass",
    "userpass",
    "sqlpass",
    "mysqlpass",
    "storepass",
    "keypass",
    "requirepass",
    "masterpass",
    "kennwort",
    "contrasena",
    "motdepasse",
];

/// Last parts that stand for a key on their own; those of two words also as the end of a part: `googleapikey`.
pub const KEYS: &[&str] = &[
    "secret",
    "secrets",
    "token",
    "credential",
    "credentials",
    "auth",
    "pepper",
    "apikey",
    "authkey",
    "accesskey",
    "privatekey",
    "secretkey",
    "sharedkey",
    "masterkey",
    "signingkey",
    "encryptionkey",
    "accountkey",
    "jwtkey",
    "hmackey",
    "apitoken",
    "authtoken",
    "accesstoken",
    "apisecret",
    "clientsecret",
    "jwtsecret",
];

/// Words that stand at the end of a longer part written in one.
pub const ENDS: &[&str] = &["password", "passwd", "passphrase"];
pub const KEY_ENDS: &[&str] =
    &["apikey", "accesskey", "secretkey", "privatekey", "accesstoken", "authtoken", "clientsecret"];

/// What makes a key of `…_key`.
pub const KEY_OWNERS: &[&str] = &[
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
    "jwt",
    "hmac",
    "session",
    "cookie",
    "crypto",
    "cipher",
    "aes",
    "license",
];

/// What a program signs, encrypts or lets in with on its own: it trusts whoever knows it.
pub const TRUSTED: &[&str] =
    &["secret", "signing", "encryption", "private", "master", "jwt", "session", "cookie", "hmac", "aes", "crypto"];

/// Before `secret`: the secret of someone else's service.
pub const FOREIGN: &[&str] =
    &["client", "api", "access", "consumer", "oauth", "google", "github", "facebook", "twitter", "stripe", "aws"];

/// Parts behind the telling one that do not change what it is.
pub const TAILS: &[&str] = &[
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
pub const OTHERS: &[&str] = &[
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
    "verification",
    "dummy",
    "fake",
    "example",
    "sample",
    "mock",
    "placeholder",
    "find",
];

#[cfg(test)]
mod tests {
    use super::super::name::classify;
    use super::*;

    #[test]
    fn every_name_that_promises_a_secret_has_a_keyword() {
        let is_one = |word: &&&str| !TOO_COMMON.contains(*word);
        let words = PASSWORDS.iter().chain(KEYS);
        let mut names: Vec<String> = words.filter(is_one).map(|word| (*word).to_owned()).collect();
        for owner in KEY_OWNERS {
            let upper = format!("{}{}", owner[..1].to_ascii_uppercase(), &owner[1..]);
            names.extend([
                format!("{owner}_key"),
                format!("x-{owner}-key"),
                format!("my{upper}Key"),
                format!("{owner}Keys"),
            ]);
        }
        names.extend(ENDS.iter().chain(KEY_ENDS).map(|end| format!("google{end}")));
        names.extend(["mot_de_passe", "SMTP_PASS", "pass", "redisPass", "X-Api-Key", "basic_auth"].map(str::to_owned));
        for name in names {
            assert!(classify(&name).is_some(), "{name}");
            let assigned = format!("{} = ", name.to_ascii_lowercase());
            assert!(KEYWORDS.iter().any(|keyword| assigned.contains(keyword)), "{name}");
        }
    }
}

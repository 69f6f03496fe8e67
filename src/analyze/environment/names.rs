//! Which names of environment variables stand for secrets, and which values could be one.

/// Whether a variable of this name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(['_', '-', '.']).filter(|word| !word.is_empty()).collect();
    let Some(&last) = words.last() else { return false };
    // `TOKEN_TTL`, `SECRET_NAME`, `PASSWORD_FILE` speak about a secret and hold none; what is public is none either.
    const ABOUT: &[&str] = &[
        "FILE",
        "PATH",
        "DIR",
        "NAME",
        "NAMES",
        "ID",
        "IDS",
        "TTL",
        "EXPIRY",
        "EXPIRES",
        "EXPIRATION",
        "AGE",
        "IN",
        "LENGTH",
        "LEN",
        "SIZE",
        "HEADER",
        "ALGORITHM",
        "ALG",
        "TYPE",
        "PREFIX",
        "SUFFIX",
        "ISSUER",
        "AUDIENCE",
        "TIMEOUT",
        "COUNT",
        "LIMIT",
        "MAX",
        "MIN",
        "URI",
        "URL",
        "ENDPOINT",
        "HOST",
        "PORT",
        "POLICY",
        "REGION",
        "FIELD",
        "COOKIE",
        "ENABLED",
        "REQUIRED",
        "MODE",
        "VERSION",
        "FORMAT",
        "BACKEND",
        "PROVIDER",
        "STORE",
        "MANAGER",
        "ARN",
        "REF",
        "LIFETIME",
        "DAYS",
        "HOURS",
        "MINUTES",
        "SECONDS",
        "MS",
        "ROUNDS",
        "COST",
        "BUDGET",
        "WINDOW",
        "HINT",
        "PATTERN",
        "REGEX",
        "SCOPE",
        "MOUNT",
    ];
    if ABOUT.contains(&last) || words.contains(&"PUBLIC") || words.contains(&"PUBLISHABLE") {
        return false;
    }
    let has = |word: &str| words.contains(&word);
    let pair = |first: &str, second: &str| words.windows(2).any(|pair| pair == [first, second]);
    let ends = |endings: &[&str]| endings.contains(&last);
    if has("MIN") || has("MAX") || has("NUM") {
        return false;
    }
    if ends(&["PASSWORD", "PASSWD", "PASSPHRASE", "PASS", "PWD", "SECRET", "PEPPER"])
        || ["SECRET", "SIGNING", "ENCRYPTION", "PRIVATE", "MASTER", "JWT", "SESSION", "COOKIE", "HMAC"]
            .iter()
            .any(|first| pair(first, "KEY"))
        || ["SECRETKEY", "PRIVATEKEY", "DBPASSWORD", "DBPASS", "JWTSECRET"].contains(&last)
    {
        // Shells keep the working directory under these.
        return !matches!(upper.as_str(), "PWD" | "OLDPWD");
    }
    ends(&["TOKEN", "APIKEY", "CREDENTIALS", "CREDENTIAL"]) || pair("API", "KEY") || pair("ACCESS", "KEY")
}

/// Whether `value` could be a secret at all, and not a switch, a path or another variable.
pub fn is_value(value: &str) -> bool {
    let value = value.trim();
    let lower = value.to_ascii_lowercase();
    !(value.is_empty()
        || matches!(lower.as_str(), "null" | "none" | "nil" | "undefined" | "true" | "false" | "yes" | "no" | "0" | "1")
        || value.starts_with(['/', '$', '<', '%'])
        || value.starts_with("./")
        || value.starts_with("{{")
        || value.contains("${")
        || value.contains("://")
        // Sealed by a tool that keeps such files on purpose.
        || value.starts_with("encrypted:")
        || value.starts_with("ENC["))
}

/// The password of a URL, unless it is a reference to another variable.
pub fn password(value: &str) -> Option<&str> {
    let authority = value.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    let password = authority.and_then(|authority| authority.rsplit_once('@')?.0.split_once(':')).map(|(_, it)| it);
    password.filter(|password| !password.is_empty() && !password.contains(['$', '<', '{', '%']))
}

/// Whether `value` says itself that it is none: `changeme`, `your-api-key`, `xxxx`.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.trim().to_ascii_lowercase();
    const WORDS: &[&str] = &[
        "your",
        "example",
        "change",
        "replace",
        "placeholder",
        "dummy",
        "insert",
        "todo",
        "fixme",
        "xxx",
        "secret",
        "password",
        "token",
        "api-key",
        "apikey",
        "api_key",
        "test",
        "sample",
        "fake",
        "mock",
        "foo",
        "bar",
        "none",
        "here",
        "default",
        "dev",
        "local",
        "...",
        "123456",
        "abcdef",
        "key",
        "postgres",
        "admin",
        "root",
    ];
    let mut chars = lower.chars();
    let first = chars.next();
    WORDS.iter().any(|word| lower.contains(word)) || chars.all(|c| Some(c) == first)
}

/// Whether `value` looks drawn at random: long, letters and digits mixed, no word that says what should stand there.
pub fn looks_random(value: &str) -> bool {
    let value = value.trim();
    let count = |is: fn(char) -> bool| value.chars().filter(|&c| is(c)).count();
    let (digits, letters) = (count(|c| c.is_ascii_digit()), count(|c| c.is_ascii_alphabetic()));
    value.len() >= 16
        && digits >= 2
        && letters >= 4
        && !value.contains(char::is_whitespace)
        && !is_placeholder(value)
        && entropy(value) >= 3.0
}

/// Shannon's, in bits for each byte.
fn entropy(value: &str) -> f64 {
    let mut counts = [0usize; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = value.len() as f64;
    let shares = counts.iter().filter(|&&count| count > 0).map(|&count| count as f64 / total);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in ["DB_PASSWORD", "JWT_SECRET", "SECRET_KEY", "APP_ENCRYPTION_KEY", "POSTGRES_PASS", "redis_password"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["GITHUB_TOKEN", "OPENAI_API_KEY", "AWS_ACCESS_KEY"] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "TOKEN_TTL",
            "AWS_ACCESS_KEY_ID",
            "MAX_TOKENS",
            "PASSWORD_FILE",
            "SECRET_NAME",
            "PWD",
            "PUBLIC_KEY",
            "KEY",
            "NEXT_PUBLIC_API_KEY",
            "KEYBOARD",
            "TOKENIZER",
            "PASSWORD_MIN_LENGTH",
            "PORT",
            "COMPASS",
            "JWT_EXPIRES_IN",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn values_that_could_be_secrets() {
        assert!(is_value("postgres") && is_value("dev-secret"));
        for value in
            ["", " ", "/run/secrets/db", "${OTHER}", "<password>", "true", "https://example.com", "encrypted:BE9Y"]
        {
            assert!(!is_value(value), "{value}");
        }
        let host = "db.example.com:5432/app";
        assert_eq!(password(&format!("postgres://app:q7Zp2Kd9@{host}")), Some("q7Zp2Kd9"));
        for user in ["", "app@", "app:@", "app:${DB_PASSWORD}@", "app:<password>@"] {
            assert_eq!(password(&format!("postgres://{user}{host}")), None, "{user}");
        }
        assert_eq!(password("a:b@c"), None);
        // Put together here, so that no file holds something that looks like a key.
        let random: String = "q7Zp2Kd9Wm4Xs8Tv1Rn6".chars().rev().collect();
        assert!(looks_random(&random));
        for value in
            ["your-secret-key-goes-here-1234", "postgres", "changeme", "aaaaaaaaaaaaaaaaaaaa11", "1234567890abcdef1234"]
        {
            assert!(!looks_random(value), "{value}");
        }
    }
}

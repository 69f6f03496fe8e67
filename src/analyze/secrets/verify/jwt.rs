//! JSON Web Tokens: what the header and the claims say (RFC 7515, RFC 7519), and whether the signature is as long as the
//! algorithm makes it (RFC 7518, RFC 8037).

use serde_json::{Map, Value};

use super::Proof;
use crate::rulebook::base64_decode;

/// A token that expired before 2026, in seconds since 1970, was dead when this program came out. The clock is not asked: the
/// same tree gives the same findings on any day.
const DEAD: f64 = 1_767_225_600.0;

struct Token {
    algorithm: String,
    claims: Map<String, Value>,
    /// In bytes.
    signature: usize,
}

fn parse(secret: &str) -> Option<Token> {
    let mut parts = secret.split('.');
    let mut object = || {
        let bytes = base64_decode(parts.next()?.as_bytes())?;
        serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
    };
    let (header, claims) = (object()?, object()?);
    let algorithm = header.get("alg")?.as_str()?.to_owned();
    let signature = base64_decode(parts.next().unwrap_or_default().as_bytes())?.len();
    Some(Token { algorithm, claims, signature })
}

impl Token {
    fn claim(&self, name: &str) -> &str {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether a server could accept it.
    fn is_alive(&self) -> bool {
        let is_dead = self.claims.get("exp").and_then(Value::as_f64).is_some_and(|end| end < DEAD);
        // The example of jwt.io, copied into a thousand test suites.
        let is_example = self.claim("name") == "John Doe" || self.claim("sub") == "1234567890";
        // What Supabase gives to every browser, and the keys that every local set-up of it has.
        let is_published = self.claim("role") == "anon" || self.claim("iss") == "supabase-demo";
        self.is_signed() && !is_dead && !is_example && !is_published
    }

    fn is_signed(&self) -> bool {
        match self.algorithm.to_ascii_uppercase().as_str() {
            "NONE" => false,
            "HS256" => self.signature == 32,
            "HS384" => self.signature == 48,
            "HS512" | "ES256" => self.signature == 64,
            "ES384" => self.signature == 96,
            "ES512" => self.signature == 132,
            "EDDSA" => matches!(self.signature, 64 | 114),
            // The length of the key, which is 1,024 bits at the least.
            "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => self.signature >= 128,
            _ => self.signature > 0,
        }
    }
}

pub fn any(secret: &str) -> Proof {
    match parse(secret) {
        Some(token) if token.is_alive() => Proof::Plausible,
        _ => Proof::Broken,
    }
}

/// A token of a Kubernetes service account, by its issuer or by the claims that Kubernetes alone makes.
pub fn kubernetes(secret: &str) -> Proof {
    let is_kind = |token: &Token| {
        token.claim("iss") == "kubernetes/serviceaccount"
            || token.claims.get("kubernetes.io").is_some_and(Value::is_object)
            || token.claims.contains_key("kubernetes.io/serviceaccount/service-account.uid")
    };
    match parse(secret) {
        Some(token) if is_kind(&token) && token.is_alive() => Proof::Plausible,
        Some(token) if is_kind(&token) => Proof::Broken,
        _ => Proof::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::base64_encode;

    fn token(header: &str, claims: &str, signature: usize) -> String {
        [header.as_bytes(), claims.as_bytes(), &vec![0xa7; signature]].map(|part| base64_encode(part, true)).join(".")
    }

    #[test]
    fn a_token_has_an_algorithm_and_a_signature_of_its_length() {
        let claims = r#"{"sub":"77"}"#;
        for (algorithm, length, proof) in [
            ("HS256", 32, Proof::Plausible),
            ("HS256", 31, Proof::Broken),
            ("RS256", 256, Proof::Plausible),
            ("RS256", 32, Proof::Broken),
            ("ES256", 64, Proof::Plausible),
            ("EdDSA", 64, Proof::Plausible),
            ("none", 32, Proof::Broken),
            ("X1", 5, Proof::Plausible),
        ] {
            let token = token(&format!(r#"{{"alg":"{algorithm}"}}"#), claims, length);
            assert_eq!(any(&token), proof, "{algorithm} {length}");
        }
        assert_eq!(any(&token("{}", claims, 32)), Proof::Broken);
        assert_eq!(any(&token(r#"{"alg":7}"#, claims, 32)), Proof::Broken);
        for text in ["", ".", "..", "é.é.é", "eyJhbGciOiJIUzI1NiJ.eyJzdWIiOiI3NyJ9.c2ln"] {
            assert_eq!(any(text), Proof::Broken, "{text}");
        }
    }

    #[test]
    fn what_no_server_accepts_is_no_secret() {
        for (claims, proof) in [
            (r#"{"sub":"1234567890"}"#, Proof::Broken),
            (r#"{"exp":1516239022}"#, Proof::Broken),
            (r#"{"exp":4102444800}"#, Proof::Plausible),
            (r#"{"exp":"soon"}"#, Proof::Plausible),
            (r#"{"iss":"supabase","role":"anon"}"#, Proof::Broken),
            (r#"{"iss":"supabase-demo","role":"service_role"}"#, Proof::Broken),
        ] {
            assert_eq!(any(&token(r#"{"alg":"HS256"}"#, claims, 32)), proof, "{claims}");
        }
    }

    #[test]
    fn a_service_account_is_known_by_its_claims() {
        let of = |claims: &str, signature| kubernetes(&token(r#"{"alg":"HS256"}"#, claims, signature));
        assert_eq!(of(r#"{"iss":"kubernetes/serviceaccount","sub":"x"}"#, 32), Proof::Plausible);
        assert_eq!(of(r#"{"iss":"https://example.com","kubernetes.io":{"namespace":"x"}}"#, 32), Proof::Plausible);
        assert_eq!(of(r#"{"iss":"kubernetes/serviceaccount","exp":1700000000}"#, 32), Proof::Broken);
        assert_eq!(of(r#"{"iss":"kubernetes/serviceaccount"}"#, 7), Proof::Broken);
        assert_eq!(of(r#"{"iss":"https://example.com"}"#, 32), Proof::Other);
        assert_eq!(kubernetes("a.b.c"), Proof::Other);
    }
}

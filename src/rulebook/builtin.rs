/// Checks that need real logic; `analyze/` has a function for each, and a test compares the two.
pub const BUILTINS: &[&str] = &[
    // code: metrics
    "cyclomatic-complexity",
    "cognitive-complexity",
    "function-length",
    "parameter-count",
    "nesting-depth",
    // code: comments and shapes
    "todo-comment",
    "duplicate-block",
    "nested-loop",
    "string-building-in-loop",
    "rust-shell-command",
    // secrets
    "generic-secret",
    "url-credentials",
    "environment-default",
    // compliance
    "committed-env",
    "env-example",
    "license",
    "nginx-headers",
    "express-headers",
    // dependencies
    "advisory",
    // data about persons
    "pii-machine-readable-zone",
    "pii-iban",
    "pii-payment-card",
    "pii-us-ssn",
    "pii-norwegian-identity-number",
    "pii-french-identity-number",
    "pii-spanish-identity-number",
    "pii-driving-licence",
    "pii-passport-number",
    "pii-phone-number",
    "pii-ip-address",
    "pii-email",
    // the tool on its own inputs
    "unused-suppression",
    "new-suppression",
    "policy-changed",
    "expired-exception",
    "expiring-exception",
    "unused-exception",
    "stale-baseline",
];

//! A tree with secrets in all the places where people leave them, and the search for parts of them in what is said of it.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use gate::rulebook::fixture;
use tempfile::TempDir;

/// Letters and digits without a meaning, the same each time, made here so that no file of ours holds them.
pub fn noise(seed: u64, length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()])
    };
    (0..length).map(|_| next()).collect()
}

pub struct Plants {
    /// What stands for each secret in the texts below, and the secret.
    values: Vec<(&'static str, String)>,
    /// The lines of a private key.
    key: Vec<String>,
    /// What must not be seen, and how long those texts are.
    forms: HashSet<String>,
    lengths: BTreeSet<usize>,
}

impl Plants {
    pub fn new() -> Plants {
        let made = |template: &str| fixture::expand(template).unwrap().text;
        let values = vec![
            ("TOKEN!", made("ghp_{{alnum:30}}{{crc32-base62-6}}")),
            ("PASSWORD!", format!("{}!4x{}", noise(2, 9), noise(3, 9))),
            ("URLSECRET!", noise(4, 18)),
            ("AWSID!", made("AKIAQ{{base32:15}}")),
            ("AWSKEY!", made("{{base64:40}}")),
            ("STRIPE!", format!("sk_live_{}", noise(6, 24))),
            ("JWT!", made("{{jwt}}")),
            ("BASIC!", noise(7, 16)),
            ("AGE!", made("{{bech32-key:AGE-SECRET-KEY-}}")),
        ];
        let key: Vec<String> = (10..16).map(|seed| noise(seed, 64)).collect();
        let forms = forms(values.iter().map(|(_, value)| value).chain(&key));
        let lengths = forms.iter().map(String::len).collect();
        Plants { values, key, forms, lengths }
    }

    /// `text` with the secrets in their places.
    pub fn plant(&self, text: &str) -> String {
        let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", self.key.join("\n"));
        let text = text
            .replace("URL!", "https://deploy:URLSECRET!@registry.example.org/x")
            .replace("BASICAUTH!", &base64(format!("deploy:{}", self.value("BASIC!")).as_bytes()))
            .replace("ENCODED!", &base64(self.value("TOKEN!").as_bytes()))
            .replace("PEM!", &pem);
        self.values.iter().fold(text, |text, (name, value)| text.replace(name, value))
    }

    pub fn value(&self, name: &str) -> &str {
        &self.values.iter().find(|(known, _)| *known == name).unwrap().1
    }

    /// The first line of `text` that holds a part of a secret in any form.
    pub fn leak(&self, text: &str) -> Option<String> {
        for (number, line) in text.lines().enumerate() {
            for (start, _) in line.char_indices() {
                let mut parts = self.lengths.iter().filter_map(|length| line.get(start..start + length));
                if let Some(part) = parts.find(|part| self.forms.contains(*part)) {
                    return Some(format!("line {}: `{part}` in {line}", number + 1));
                }
            }
        }
        None
    }
}

/// Eight bytes of a secret in a row, and what becomes of them in the encodings that a report might use.
fn forms<'a>(values: impl Iterator<Item = &'a String>) -> HashSet<String> {
    let mut forms = HashSet::new();
    for value in values {
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for (text, length) in [(value, 8), (&hex, 16), (&hex.to_uppercase(), 16), (&percent, 24)] {
            forms.extend((0..=text.len() - length).map(|start| text[start..start + length].to_owned()));
        }
        // Base64 of the value wherever it starts in a group of three; the ends hold bits of what is beside it.
        for skipped in 0..3 {
            let encoded = base64(&value.as_bytes()[skipped..]);
            let whole = encoded.trim_end_matches('=').len() / 4 * 4;
            forms.extend((0..=whole - 12).step_by(4).map(|start| encoded[start..start + 12].to_owned()));
        }
    }
    // Every JSON Web Token starts with these, and everybody's name for the format does.
    forms.retain(|form| !"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIi".contains(form.as_str()));
    forms.retain(|form| !"AGE-SECRET-KEY-1 sk_live_".to_uppercase().contains(&form.to_uppercase()));
    forms
}

fn base64(bytes: &[u8]) -> String {
    gate::rulebook::base64_encode(bytes, false)
}

/// Eight characters of `value` in a row, in `text`.
pub fn leak_of(value: &str, text: &str) -> Option<String> {
    let start = (0..=value.len() - 8).find(|start| text.contains(&value[*start..start + 8]))?;
    let at = text.find(&value[start..start + 8])?;
    let line = text[..at].matches('\n').count() + 1;
    Some(format!("line {line}: {}", text.lines().nth(line - 1).unwrap_or_default()))
}

pub const FILES: &[(&str, &str)] = &[
    (
        "app/main.py",
        r#"import os, subprocess, requests, pickle
# TODO: rotate TOKEN! before the release
# FIXME password = "PASSWORD!" goes away
API_TOKEN = "TOKEN!"  # TODO
print("token is TOKEN!")
print("connect to", "URL!")
password = os.getenv("DB_PASSWORD", "PASSWORD!")
token = os.environ.get("API_TOKEN") or "TOKEN!"
def run(cursor, name):
    cursor.execute("SELECT * FROM t WHERE token = 'TOKEN!' AND name = '" + name + "'")
    cursor.execute(f"ALTER USER {name} SET password='PASSWORD!'")
    subprocess.run("curl -u x:TOKEN! " + name, shell=True)
    subprocess.run(f"login {name} --password=PASSWORD!", shell=True)
    requests.get("URL!", verify=False, headers={"Authorization": "Bearer TOKEN!"})
    eval("login('TOKEN!', " + name + ")")
    connect(password="PASSWORD!", host=name); print(name)
    db_password = "PASSWORD!"; exec(name)
KEY = """PEM!"""
print("""PEM!""")
"#,
    ),
    (
        "app/main.ts",
        r#"// TODO: drop TOKEN! here
const password = process.env.DB_PASSWORD || "PASSWORD!";
const token = process.env.API_TOKEN ?? "TOKEN!";
console.log("TOKEN!", password);
console.log("URL!");
document.body.innerHTML = "<a href='URL!'>" + token;
export const run = (db: any, id: string) => db.query("SELECT * FROM a WHERE token = 'TOKEN!' AND id = " + id);
const config = { password: "PASSWORD!", run: eval(token) }; console.log(config);
const key = `PEM!`; console.log(`PEM!`);
"#,
    ),
    (
        "src/main.rs",
        r#"// FIXME TOKEN!
fn main() { let password = "PASSWORD!"; dbg!(password); dbg!("TOKEN!"); println!("URL!"); }
fn env() -> String { std::env::var("DB_PASSWORD").unwrap_or("PASSWORD!".into()) }
"#,
    ),
    (
        ".env",
        "DB_PASSWORD=PASSWORD!\nAPI_TOKEN=TOKEN!\nDATABASE_URL=URL!\nDEBUG=true # TODO PASSWORD!\nKEY=\"PEM!\"\nbroken line PASSWORD!\n",
    ),
    (".env.example", "DB_PASSWORD=PASSWORD!\nAPI_TOKEN=TOKEN!\n"),
    (
        "deploy/nginx.conf",
        "server {\n  listen 80;\n  add_header Authorization \"Bearer TOKEN!\";\n  add_header Content-Security-Policy \"default-src 'unsafe-inline' URL!\";\n  proxy_pass URL!;\n}\n",
    ),
    (
        "broken/nginx.conf",
        "server {\n  listen 80\n  add_header X-Frame-Options \"TOKEN!\n  add_header X-Token PASSWORD! oops {;\n  proxy_pass URL!\n}}\n",
    ),
    (
        "deploy/docker-compose.yml",
        "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: PASSWORD!\n      TOKEN: TOKEN!\n    command: run URL!\n",
    ),
    (
        "web/package.json",
        "{\"name\": \"x\", \"license\": \"TOKEN!\", \"repository\": \"URL!\", \"password\": \"PASSWORD!\"}\n",
    ),
    (
        "broken/package.json",
        "{\"name\": \"x\", \"license\": \"MIT\" \"token\": \"TOKEN!\", \"password\": \"PASSWORD!\"\n",
    ),
    ("py/pyproject.toml", "[project]\nname = \"x\"\nlicense = \"TOKEN!\"\nurls = { a = \"URL!\" }\n"),
    ("broken/pyproject.toml", "[project]\nname = \"x\"\npassword = \"PASSWORD!\" oops\nlicense = TOKEN!\n"),
    ("wrong/Cargo.toml", "[package]\nname = \"x\"\nlicense = [\"TOKEN!\", \"URL!\"]\npassword = \"PASSWORD!\"\n"),
    (
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"x\"\nversion = \"1.0.0\"\nsource = \"registry+URL!\"\nchecksum = \"TOKEN!\"\n",
    ),
    (
        "broken/Cargo.lock",
        "version = 4\n[[package]]\nname = \"x\"\nversion = [\"TOKEN!\"]\nsource = \"registry+URL!\"\npassword = \"PASSWORD!\"\n",
    ),
    ("wrong/Cargo.lock", "version = 4\npackage = \"TOKEN!\"\n"),
    (
        "bad/Cargo.lock",
        "version = 4\n[[package]]\nname = \"x\"\nversion = \"1.0.0\"\nsource = \"sparse+URL!\"\ndependencies = [\"TOKEN!\", \"y 1.0 (registry+URL!)\"]\n",
    ),
    (
        "deploy/credentials",
        "[default]\naws_access_key_id = AWSID!\naws_secret_access_key = AWSKEY!\n[other] # TODO AWSKEY!\nkey = AWSID!\n",
    ),
    (
        "app/clients.py",
        r#"import requests, boto3
def run(name):
    session = boto3.Session("AWSID!", "AWSKEY!"); exec(name)
    stripe.api_key = "STRIPE!"; eval(name + "STRIPE!")
    requests.get(name, headers={"Authorization": "Bearer JWT!"}, verify=False)
    requests.get(name, headers={"Authorization": "Basic BASICAUTH!"}, verify=False)
    print("AGE!", "JWT!")  # FIXME AGE!
"#,
    ),
    ("deploy/key.txt", "# TODO\nAGE!\nJWT!\nSTRIPE!\nAuthorization: Basic BASICAUTH!\n"),
    ("LICENSE", "PASSWORD = \"PASSWORD!\"\nTOKEN!\nURL!\n"),
    (
        "notes.py",
        "# gate:allow secret/github-token it is TOKEN! and fine\nx = 1\n# gate:allow nonsense/TOKEN! password = \"PASSWORD!\"\ny = \"TOKEN!\"  # gate:allow secret/github-token it is only TOKEN! after all\nz = \"TOKEN!\"  # nosec B105 TOKEN!\nw = \"PASSWORD!\"  # gitleaks:allow PASSWORD!\nv = \"STRIPE!\"  # noqa: S105, STRIPE!\n",
    ),
];

pub fn tree(plants: &Plants) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    for (name, text) in FILES {
        write(folder.path(), name, &plants.plant(text));
    }
    folder
}

pub fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// Runs the command and gives its exit code and all that it said.
pub fn told(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gate"));
    command.current_dir(folder).args(args).env("GATE_CACHE_DIR", folder.join("no-cache"));
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code(), text)
}

pub fn assert_tight(plants: &Plants, folder: &Path, args: &[&str]) -> String {
    let (code, text) = told(folder, args);
    assert!(code.is_some_and(|code| code <= 2), "{args:?} ended with {code:?}");
    if let Some(leak) = plants.leak(&text) {
        panic!("{args:?} leaks in {leak}");
    }
    text
}

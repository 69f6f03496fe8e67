//! Realistic snippets of every way and format in which credentials are written down, and near misses of each: what is
//! found must not depend on the language, and what the language gives from elsewhere is silent.

#![allow(clippy::unwrap_used)]

use super::detector::Detector;
use super::place::Place;
use crate::model::{Confidence, Target};
use crate::rulebook::{RuleSet, fixture};

/// A password of a generator, a key of one; filled in differently for each snippet.
const PASSWORD: &str = "{{alnum:9}}!{{digits:3}}q";
const KEY: &str = "{{alnum:32}}";

/// What is found in `snippet` with its templates filled in, at medium confidence or above, as text.
fn found(detector: &Detector, path: &str, snippet: &str) -> Vec<String> {
    let filled = snippet.replace("PASSWORD%", PASSWORD).replace("KEY%", KEY);
    let text = fixture::expand(&filled).unwrap().text;
    let found = detector.detect(&text, &Place::of(&Target::at(path)));
    let sure = found.into_iter().filter(|one| one.confidence >= Confidence::Medium);
    sure.map(|one| format!("{} in {text}", &text[one.span])).collect()
}

fn detector() -> Detector {
    Detector::new(&RuleSet::embedded())
}

/// (path, snippet); each holds exactly one secret.
const SECRETS: &[(&str, &str)] = &[
    // Python
    ("app/db.py", "conn = psycopg2.connect(host=\"db\", user=\"app\", password=\"PASSWORD%\")"),
    ("app/db.py", "DB_PASSWORD = 'PASSWORD%'"),
    ("app/db.py", "config[\"api_key\"] = \"KEY%\""),
    ("app/db.py", "DATABASES = {\"default\": {\"PASSWORD\": \"PASSWORD%\"}}"),
    ("app/db.py", "if password == \"PASSWORD%\":\n    admin()"),
    ("app/db.py", "if hmac.compare_digest(token, \"KEY%\"): pass\ntoken = \"KEY%\""),
    ("app/db.py", "SECRET_KEY: str = \"KEY%\""),
    ("app/db.py", "def connect(user=\"app\", password=\"PASSWORD%\"): ..."),
    ("app/db.py", "client_secret = (\n    \"KEY%\"\n)"),
    ("app/db.py", "secret = SecretStr(\"KEY%\")"),
    ("app/db.py", "os.environ[\"API_TOKEN\"] = \"KEY%\""),
    ("app/db.py", "os.environ.setdefault(\"API_TOKEN\", \"KEY%\")"),
    ("app/db.py", "token = os.getenv(\"API_TOKEN\", \"KEY%\")"),
    ("app/db.py", "# token = \"KEY%\""),
    ("app/db.py", "# curl -u deploy:PASSWORD% https://api.acme-corp.io/"),
    ("tests/data/a.json", "{\"a\": \"AIza{{alnum:35}}\"}"),
    ("app/db.py", "API_KEYS = [\"KEY%\", other]"),
    ("app/db.py", "API_SECRET = (\"KEY%\"\n    \"{{alnum:32}}\")"),
    ("app/db.py", "requests.get(url, headers={\"X-API-Key\": \"KEY%\"})"),
    ("app/db.py", "url = \"https://api.acme-corp.io/v1/items?api_key=KEY%&page=1\""),
    // JavaScript and TypeScript
    ("src/a.js", "const dbPassword = \"PASSWORD%\";"),
    ("src/a.js", "module.exports = { jwtSecret: 'KEY%' };"),
    ("src/a.js", "auth: { user: 'mailer', pass: 'PASSWORD%' }"),
    ("src/a.js", "const secret = process.env.JWT_SECRET || 'KEY%';"),
    ("src/a.ts", "private readonly apiKey: string = 'KEY%';"),
    ("src/a.ts", "const password = options.password ?? 'PASSWORD%';"),
    ("src/a.ts", "client.setPassword('PASSWORD%');"),
    ("src/a.ts", "const authToken =\n  'KEY%';"),
    ("src/a.ts", "localStorage.setItem('access_token', 'KEY%');"),
    ("src/a.ts", "const key = Buffer.from('x');\nconst encryptionKey = Buffer.from('KEY%', 'utf8');"),
    ("src/a.ts", "body: '{\"password\": \"PASSWORD%\"}'"),
    ("src/a.tsx", "<Login password=\"PASSWORD%\" />"),
    // Rust
    ("src/a.rs", "const API_KEY: &str = \"KEY%\";"),
    ("src/a.rs", "let password = String::from(\"PASSWORD%\");"),
    ("src/a.rs", "Config { token: Some(\"KEY%\".to_owned()), ..Default::default() }"),
    ("src/a.rs", "let secret = env::var(\"APP_SECRET\").unwrap_or_else(|_| \"KEY%\".into());"),
    ("src/a.rs", "ClientBuilder::new().password(\"PASSWORD%\").build()"),
    ("src/a.rs", "static AUTH_TOKEN: &[u8] = b\"KEY%\";"),
    ("src/a.rs", "let body = r#\"{\"client_secret\": \"KEY%\"}\"#;"),
    // Java, Kotlin, Go, C#, PHP, Ruby, C, Swift, Groovy
    ("src/A.java", "private static final String DB_PASSWORD = \"PASSWORD%\";"),
    ("src/A.java", "dataSource.setPassword(\"PASSWORD%\");"),
    ("src/A.java", "if (password.equals(\"PASSWORD%\")) return true;"),
    ("src/A.java", "props.put(\"mail.password\", \"PASSWORD%\"); props.put(\"password\", \"PASSWORD%\");"),
    ("src/A.java", "@Value(\"${db.password:PASSWORD%}\")"),
    ("src/a.kt", "val apiKey = System.getenv(\"API_KEY\") ?: \"KEY%\""),
    ("main.go", "cfg := Config{Password: \"PASSWORD%\"}"),
    ("main.go", "os.Setenv(\"DB_PASSWORD\", \"PASSWORD%\")"),
    ("main.go", "apiToken := \"KEY%\""),
    ("A.cs", "public string ClientSecret { get; set; } = \"x\"; var clientSecret = \"KEY%\";"),
    ("a.php", "define('DB_PASSWORD', 'PASSWORD%');"),
    ("a.php", "'password' => env('DB_PASSWORD', 'PASSWORD%'),"),
    ("a.rb", "password = ENV.fetch('DB_PASSWORD', 'PASSWORD%')"),
    ("a.rb", "config.api_key = 'KEY%'"),
    ("a.c", "#define WIFI_PASSWORD \"PASSWORD%\""),
    ("a.c", "static const char api_key[] = \"KEY%\";"),
    ("a.swift", "let apiSecret = \"KEY%\""),
    ("build.gradle", "    storePassword \"PASSWORD%\""),
    ("Jenkinsfile", "environment { DEPLOY_TOKEN = 'KEY%' }"),
    ("a.sql", "CREATE ROLE app LOGIN PASSWORD 'PASSWORD%';"),
    // JSON, YAML, TOML, INI, properties, .env, XML
    ("config.json", "{\"db\": {\"user\": \"app\", \"password\": \"PASSWORD%\"}}"),
    ("task.json", "{\"name\": \"DB_PASSWORD\", \"value\": \"PASSWORD%\"}"),
    ("params.json", "{\n  \"ParameterKey\": \"DbPassword\",\n  \"ParameterValue\": \"PASSWORD%\"\n}"),
    ("config.yaml", "database:\n  password: PASSWORD%\n"),
    ("config.yaml", "api_key: 'KEY%'  # prod\n"),
    ("config.yaml", "password: |\n  PASSWORD%\nother: x\n"),
    ("k8s.yaml", "env:\n  - name: DB_PASSWORD\n    value: \"PASSWORD%\"\n"),
    ("stack.yaml", "Parameters:\n  DBPassword:\n    Type: String\n    Default: PASSWORD%\n"),
    ("docker-compose.yml", "environment:\n  - POSTGRES_PASSWORD=PASSWORD%\n  - X=1\n"),
    ("docker-compose.yml", "environment:\n  MYSQL_PASSWORD: PASSWORD%\n"),
    ("docker-compose.yml", "environment:\n  DB_PASSWORD: ${DB_PASSWORD:-PASSWORD%}\n"),
    ("secret.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  password: PASSWORD%\n"),
    ("ci.yml", "run: curl --header x\nenv: { DEPLOY_TOKEN: \"KEY%\" }\n"),
    ("config.toml", "[db]\npassword = \"PASSWORD%\"\n"),
    ("app.ini", "[db]\npassword = PASSWORD%\n"),
    ("hosts.ini", "web1 ansible_user=root ansible_ssh_pass=PASSWORD% ansible_port=22\n"),
    ("app.properties", "spring.datasource.password=PASSWORD%\n"),
    ("app.properties", "fs.s3a.secret.key=KEY%\n"),
    (".env", "DB_PASSWORD=PASSWORD%\n"),
    (".env.production", "export JWT_SECRET=\"KEY%\"\n"),
    ("web.config", "<add key=\"ApiSecret\" value=\"KEY%\" />"),
    ("pom.xml", "<server><password>PASSWORD%</password></server>"),
    ("core-site.xml", "<property><name>fs.s3a.secret.key</name>\n<value>KEY%</value></property>"),
    ("hibernate.xml", "<property name=\"connection.password\">PASSWORD%</property>"),
    ("strings.xml", "<string name=\"api_key\">KEY%</string>"),
    // Infrastructure
    ("main.tf", "variable \"db_password\" {\n  type    = string\n  default = \"PASSWORD%\"\n}"),
    ("main.tf", "  master_password = \"PASSWORD%\""),
    ("main.tf", "environment = [{ name = \"API_TOKEN\", value = \"KEY%\" }]"),
    ("main.tf", "set {\n    name  = \"auth.password\"\n    value = \"PASSWORD%\"\n  }"),
    ("Dockerfile", "FROM x\nENV API_TOKEN=KEY% PORT=1\n"),
    ("Dockerfile", "FROM x\nENV API_TOKEN KEY%\n"),
    ("Dockerfile", "ARG DB_PASSWORD=PASSWORD%\n"),
    ("deploy.sh", "export API_TOKEN=KEY%\n"),
    ("deploy.sh", "API_TOKEN='KEY%' ./run\n"),
    ("deploy.sh", "mysql -u root --password=PASSWORD% shop\n"),
    ("deploy.sh", "tool login --token KEY% --quiet\n"),
    ("app.service", "Environment=\"DB_PASSWORD=PASSWORD%\"\n"),
    ("setup.ps1", "$Password = \"PASSWORD%\"\n"),
    // Documents
    ("notes.md", "```yaml\napi_key: KEY%\n```\n"),
    ("notes.md", "```sh\nexport API_TOKEN=KEY%\n```\n"),
];

/// Near misses of the same.
const SILENT: &[(&str, &str)] = &[
    ("a.py", "password = getpass(\"Password for {{alnum:9}}: \")"),
    ("a.py", "password = config[\"{{alnum:20}}\"]"),
    ("a.py", "def f():\n    \"\"\"\n    >>> connect(password=\"PASSWORD%\")\n    \"\"\""),
    ("a.py", "def f():\n    \"\"\"\n    curl -u deploy:PASSWORD% https://api.acme-corp.io/\n    \"\"\""),
    ("tests/vectors/a.json", "{\"a\": \"AIza{{alnum:35}}\"}"),
    ("a.py", "PASSWORD_FIELDS = [\"password\", \"{{lower:4}}_password\", \"api_token\"]"),
    ("a.py", "next_token = \"KEY%\""),
    ("a.py", "password_hash = \"{{hex:64}}\""),
    ("a.py", "git_token_sha256 = \"{{hex:64}}\""),
    ("a.js", "const password = await prompt('Enter {{alnum:9}}');"),
    ("a.js", "/** @example { apiKey: \"KEY%\" } */"),
    ("a.js", "const token = `${KEY%}`;"),
    ("a.js", "import { token } from 'KEY%';"),
    ("a.ts", "type T = { password: 'string' | 'hidden12' };"),
    ("a.rs", "/// Use `.password(\"PASSWORD%\")`."),
    ("a.rs", "let token = Token::new(Kind::Ident);"),
    ("a.go", "password := os.Getenv(\"{{upper:12}}\")"),
    ("a.yaml", "password: ${DB_PASSWORD}\n"),
    ("a.yaml", "password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {{hex:64}}\n"),
    ("a.yaml", "password: {{ .Values.password }}\n"),
    ("a.yaml", "password: op://vault/item/field1\n"),
    ("a.yaml", "password: vault:secret/data/app#pass1\n"),
    (
        "k8s.yaml",
        "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: app-{{lower-digits:12}}\n      key: password\n",
    ),
    ("k8s.yaml", "secretName: app-{{lower-digits:20}}\n"),
    ("secret.yaml", "kind: Secret\ndata:\n  password: Y2hhbmdlbWU=\n"),
    ("secret.yaml", "kind: SealedSecret\nspec:\n  template: x\n"),
    ("main.tf", "password = var.db_password_{{lower:5}}1"),
    ("main.tf", "variable \"db_password\" {\n  type = string\n}\nvariable \"x\" {\n  default = \"KEY%\"\n}"),
    ("main.tf", "secret_id = aws_secretsmanager_secret.db.id"),
    ("Dockerfile", "ARG DB_PASSWORD\nENV X=KEY%\n"),
    ("deploy.sh", "export API_TOKEN=$(cat /run/token)\n"),
    ("deploy.sh", "export API_TOKEN=\"$1\"\n"),
    ("deploy.sh", "TOKEN=\"prefix-$USER-12345678\"\n"),
    (".env", "DB_PASSWORD=\nAPI_TOKEN=<your token>\nSECRET=xxxxxxxxxxxxxxxx\n"),
    ("package-lock.json", "{\"token\": \"KEY%\"}"),
    ("nginx.conf", "proxy_pass http://backend1;\nfastcgi_pass unix:/run/php1.sock;\n"),
    ("pom.xml", "<password>${env.DB_PASSWORD}</password>"),
    ("app.properties", "password.min.length=12345678\npassword.encoder=bcrypt2021\n"),
    ("a.md", "Set `password: \"hunter2hunter\"` in the file.\n"),
    ("messages.json", "{\"password\": \"Kodeord123 skal\"}"),
];

#[test]
fn every_way_to_write_a_credential_is_found() {
    let detector = detector();
    let wrong: Vec<String> = SECRETS
        .iter()
        .filter(|(path, snippet)| found(&detector, path, snippet).is_empty())
        .map(|(path, snippet)| format!("{path}: {snippet}"))
        .collect();
    assert!(wrong.is_empty(), "not found:\n{}", wrong.join("\n"));
}

#[test]
fn what_only_looks_like_one_is_left() {
    let detector = detector();
    let wrong: Vec<String> = SILENT.iter().flat_map(|(path, snippet)| found(&detector, path, snippet)).collect();
    assert!(wrong.is_empty(), "found:\n{}", wrong.join("\n"));
}

#![allow(clippy::unwrap_used)]

use super::*;
use crate::rulebook::{RuleSet, base64_encode, crc32_base62};

fn token() -> String {
    let random = "q8Zx7Lm2Kp9Vb4TnQw3Er5Ty6Ui1Op";
    format!("ghp_{random}{}", crc32_base62(random.as_bytes()))
}

/// What is hidden in `text` as the file `path`: the slug of the rule, the encoding, and the text at its span.
fn hidden(path: &str, text: &str) -> Vec<(String, String, String)> {
    let detector = Detector::new(&RuleSet::embedded());
    let place = Place::of(&crate::model::Target::at(path));
    let mut plain = detector.detect(text, &place);
    search(&detector, text, path, &place, &mut plain)
        .into_iter()
        .map(|one| (one.found.rule.id.slug().to_owned(), one.encoding, text[one.found.span].to_owned()))
        .collect()
}

const GITHUB: &str = "github-personal-access-token";

fn assert_hidden(path: &str, text: &str, encoding: &str) {
    let found = hidden(path, text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), (GITHUB, encoding), "{text}");
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
}

#[test]
fn each_encoding_is_undone() {
    let token = token();
    let sentence = format!("user=deploy token={token} and more");
    for alignment in 0..3 {
        let plain = format!("{}{sentence}", "a".repeat(alignment));
        for url_safe in [false, true] {
            assert_hidden("a.go", &format!("x := \"{}\"", base64_encode(plain.as_bytes(), url_safe)), "base64");
        }
    }
    assert_hidden("a.go", &format!("x := \"{}\"", hex(&token)), "hex");
    assert_hidden("a.go", &format!("x := \"{}\"", escaped(&token)), "hex escapes");
    let unicode: String = token.bytes().map(|byte| format!("\\u{byte:04X}")).collect();
    assert_hidden("a.js", &format!("x = \"{unicode}\""), "unicode escapes");
    assert_hidden("a.go", &format!("https://example.com/?a%3D{token}"), "percent");
    let wide: Vec<u8> = sentence.bytes().flat_map(|byte| [byte, 0]).collect();
    assert_hidden("a.ps1", &format!("powershell -enc {}", base64_encode(&wide, false)), "base64 > utf-16");
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_gzip_in_base64_is_unpacked_once() {
    let token = token();
    let packed = |text: &str| base64_encode(&gzip(text.as_bytes()), false);
    let once = packed(&format!("#cloud-config\ntoken: {token}\n"));
    assert_hidden("a.yaml", &format!("encoding: gz+b64\ncontent: {once}\n"), "base64 > gzip");
    let inner = base64_encode(format!("token={token}").as_bytes(), false);
    assert_hidden("a.yaml", &format!("content: {}\n", packed(&format!("x: {inner}"))), "base64 > gzip > base64");
    assert_hidden("a.yaml", &format!("content: {}\n", base64_encode(once.as_bytes(), false)), "base64 > base64 > gzip");
    assert_eq!(hidden("a.yaml", &format!("content: {}\n", packed(&format!("x: {once}")))), [], "twice");
    // Cut off: what there is of it.
    let long = packed(&format!("{token}\n{}", (0..9_000).map(|at| format!("{at} ")).collect::<String>()));
    assert_hidden("a.yaml", &format!("content: {}\n", &long[..long.len() / 2]), "base64 > gzip");
}

#[test]
fn a_bomb_in_base64_stops_at_the_limit() {
    let started = std::time::Instant::now();
    let bomb = base64_encode(&gzip(&vec![b' '; 64 << 20]), false);
    let text = format!("a: {bomb}\n").repeat(40);
    assert_eq!(hidden("a.yaml", &text), []);
    // What the budget is spent on is behind it, so this one is not reached; what stands in the open still is.
    let late = format!("{text}b: {}\n", base64_encode(&gzip(token().as_bytes()), false));
    assert_eq!(hidden("a.yaml", &late), []);
    assert_hidden("a.yaml", &format!("{text}b: {}\n", base64_encode(token().as_bytes(), false)), "base64");
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_release_of_helm_is_read_to_the_secrets_that_it_installed() {
    let token = token();
    let data = base64_encode(b"q8!Zx7Lm2Kp9", false);
    let manifest = format!("---\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: {data}\n");
    let release = serde_json::json!({ "name": "x", "config": { "api": { "value": token } }, "manifest": manifest });
    let release = base64_encode(&gzip(release.to_string().as_bytes()), false);
    let kept = format!(
        "apiVersion: v1\nkind: Secret\ntype: helm.sh/release.v1\nmetadata:\n  name: sh.helm.release.v1.x.v1\ndata:\n  release: {}\n",
        base64_encode(release.as_bytes(), false)
    );
    let mut found: Vec<_> = hidden("a.yaml", &kept).into_iter().map(|(rule, encoding, _)| (rule, encoding)).collect();
    found.sort();
    let expected = [
        ("generic-assignment", "base64 > base64 > gzip > manifest > base64"),
        ("github-personal-access-token", "base64 > base64 > gzip"),
    ];
    assert_eq!(found, expected.map(|(rule, encoding)| (rule.to_owned(), encoding.to_owned())));
}

#[test]
fn the_shortest_that_is_looked_at_is_a_key_id_of_aws() {
    let id = "AKIAQ7ZX4LM2KPVB5TNW";
    let encoded = base64_encode(id.as_bytes(), false);
    for text in
        [format!("x = \"{encoded}\""), format!("{}{encoded}", " ".repeat(7)), format!("{}'{encoded}'", "a b".repeat(9))]
    {
        let found = hidden("a.go", &text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].0.starts_with("aws-"), "{found:?}");
    }
    // What has no form of its own is not taken from so short a text.
    assert_eq!(hidden("a.go", &format!("x = \"{}\"", base64_encode(b"pwd=q8!Zx7Lm2Kp9Vb4", false))), []);
}

#[test]
fn two_levels_are_undone_and_not_three() {
    let token = token();
    let once = base64_encode(format!("token={token}").as_bytes(), false);
    let twice = base64_encode(once.as_bytes(), false);
    assert_hidden("a.env", &format!("X={twice}"), "base64 > base64");
    assert_hidden("a.env", &format!("X={}", base64_encode(percent(&token).as_bytes(), false)), "base64 > percent");
    assert_hidden("a.env", &format!("X={}", percent(&once)), "percent > base64");
    assert_eq!(hidden("a.env", &format!("X={}", base64_encode(twice.as_bytes(), false))), []);
}

#[test]
fn wrapped_base64_is_one() {
    let text = format!("{}token={}\n{}", "first line, long enough\n".repeat(5), token(), "the rest of it\n".repeat(5));
    let encoded = base64_encode(text.as_bytes(), false);
    let lines: Vec<&str> =
        (0..encoded.len()).step_by(60).map(|at| &encoded[at..(at + 60).min(encoded.len())]).collect();
    assert_hidden("a.yaml", &format!("x: |\n  {}\ny: z\n", lines.join("\n  ")), "base64");
    assert_hidden(
        "a.txt",
        &format!("-----BEGIN DATA-----\r\n{}\r\n-----END DATA-----\r\n", lines.join("\r\n")),
        "base64",
    );
    assert_hidden("a.json", &format!("{{\"x\": \"{}\"}}", lines.join("\\n")), "base64");
    assert_hidden("a.py", &format!("x = (\"{}\")\n", lines.join("\"\n     \"")), "base64");
}

#[test]
fn the_span_is_the_part_that_holds_the_secret() {
    let token = token();
    let encoded = base64_encode(format!("{}{token}{}", "before ".repeat(9), " behind".repeat(9)).as_bytes(), false);
    let found = hidden("a.txt", &encoded);
    // 40 bytes are 54 digits, and one that they share.
    assert!((53..=56).contains(&found[0].2.len()), "{found:?}");
}

#[test]
fn split_literals_are_put_together() {
    let token = token();
    let (head, tail) = token.split_at(4);
    let (middle, end) = tail.split_at(12);
    for (path, text) in [
        ("a.js", format!("const t = \"{head}\" + \"{tail}\";")),
        ("a.js", format!("const t = '{head}'+'{middle}'+\n  '{end}';")),
        ("a.java", format!("String t = \"{head}\"\n    + \"{middle}\"\n    + \"{end}\";")),
        ("a.php", format!("$t = '{head}' . '{tail}';")),
        ("a.py", format!("t = '{head}' '{tail}'")),
        ("a.py", format!("t = (\"{head}\"\n     \"{middle}\"\n     r\"{end}\")")),
        ("a.js", format!("const t = [\"{head}\", '{middle}', \"{end}\"].join(\"\");")),
        ("a.py", format!("t = ''.join(['{head}', '{tail}'])")),
        ("a.rs", format!("const T: &str = concat!(\"{head}\", \"{tail}\");")),
        ("a.js", format!("const t = `{head}` + `{tail}`")),
    ] {
        assert_hidden(path, &text, "concatenation");
    }
    let encoded = base64_encode(token.as_bytes(), false);
    let (first, second) = encoded.split_at(20);
    assert_hidden("a.go", &format!("t := \"{first}\" + \"{second}\""), "concatenation > base64");
}

#[test]
fn a_literal_in_pieces_is_bound_to_its_name_as_a_whole() {
    for (path, text) in [
        ("a.py", "db.connect(user='x', password=('q8Zx7Lm2'\n    'Kp9Vb4TnQw3Er5'))"),
        ("a.js", "const x = { client_secret: \"q8Zx7Lm2\" + \"Kp9Vb4TnQw3Er5\" }"),
        ("a.rs", "const API_KEY: &str = concat!(\"q8Zx7Lm2\", \"Kp9Vb4TnQw3Er5\");"),
        ("a.php", "$password = 'q8Zx7Lm2' . \"Kp9Vb4TnQw3Er5\";"),
    ] {
        let found = hidden(path, text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        let (rule, encoding, span) = &found[0];
        assert_eq!((rule.as_str(), encoding.as_str()), ("generic-assignment", "concatenation"), "{text}");
        assert!(span.starts_with("q8Zx7Lm2") && span.ends_with("Kp9Vb4TnQw3Er5"), "{span}");
    }
    // What stands before it is found where it is written, and once.
    let text = "f({ password: \"q8!Zx7Lm2Kp9\", user: \"somebody-we\" + \"-know-well\" })";
    assert_eq!(hidden("a.js", text), []);
}

#[test]
fn only_the_pieces_hold_the_secret() {
    let detector = Detector::new(&RuleSet::embedded());
    let place = Place::of(&crate::model::Target::at("a.js"));
    let token = token();
    let (head, tail) = token.split_at(9);
    let text = format!("f(\"x={head}\" + \"{tail}&y\")");
    let found = search(&detector, &text, "a.js", &place, &mut Vec::new());
    let pieces: Vec<&str> = found[0].pieces.iter().map(|piece| &text[piece.clone()]).collect();
    assert_eq!(pieces, [head, tail]);
}

#[test]
fn a_token_that_goes_on_is_longer_than_its_first_piece() {
    let detector = Detector::new(&RuleSet::embedded());
    let place = Place::of(&crate::model::Target::at("a.js"));
    let text = "f(\"https://deploy:q8Zx7Lm2\" + \"Kp9Vb4@db.acme.io/x\")";
    let mut plain = detector.detect(text, &place);
    let found = search(&detector, text, "a.js", &place, &mut plain);
    assert_eq!(found.len(), 1);
    assert!(plain.is_empty(), "{plain:?}");
}

#[test]
fn the_data_of_a_kubernetes_secret_is_judged_by_its_names() {
    let password = base64_encode(b"q8!Zx7Lm2Kp9", false);
    let manifest = |kind: &str, value: &str| {
        format!(
            "apiVersion: v1\nkind: {kind}\nmetadata:\n  name: db\ndata:\n  username: {}\n  password: {value}\ntype: Opaque\n",
            base64_encode(b"deploy", false)
        )
    };
    let found = hidden("a.yaml", &manifest("Secret", &password));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].1.as_str(), found[0].2.as_str()), ("base64", password.as_str()));
    assert_eq!(hidden("a.yaml", &manifest("ConfigMap", &password)), []);
    assert_eq!(hidden("a.yaml", &manifest("Secret", &base64_encode(b"changeme", false))), []);
    let block = manifest("Secret", &format!("|-\n    {password}"));
    assert_eq!(hidden("a.yaml", &block).len(), 1, "{block}");
    let json = format!("{{\n  \"kind\": \"Secret\",\n  \"data\": {{\n    \"password\": \"{password}\"\n  }}\n}}\n");
    assert_eq!(hidden("a.json", &json).len(), 1);
    let data_first =
        format!("data:\n  password: {password}\nkind: Secret\n---\nkind: ConfigMap\ndata:\n  password: {password}\n");
    assert_eq!(hidden("a.yaml", &data_first).len(), 1);
}

#[test]
fn a_name_in_decoded_text_counts() {
    let encoded = base64_encode(b"host=db\npassword = \"q8!Zx7Lm2Kp9\"\nport=5432\n", false);
    let found = hidden("a.txt", &format!("config {encoded}"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "generic-assignment");
}

#[test]
fn what_is_not_encoded_text_is_left_alone() {
    let token = token();
    let plain = base64_encode(format!("token={token}").as_bytes(), false);
    for (path, text) in [
        ("a.css", format!("url(data:image/svg+xml;base64,{plain})")),
        ("a.js", format!("//# sourceMappingURL=data:application/json;base64,{plain}")),
        ("Cargo.lock", format!("checksum = \"{plain}\"")),
        // Found as it is: no need to decode.
        ("a.txt", format!("https://example.com/?a=b%20c&token={token}")),
        ("a.js", format!("const t = \"{token}\" + \"x\"")),
        ("a.js", "this/is/a/long/path/of/a/module/that/has/no/end".to_owned()),
        ("a.js", "a_very_long_identifier_that_somebody_wrote_down_here".to_owned()),
        ("a.py", "x = 'a long text of ' 'two pieces, no secret'".to_owned()),
    ] {
        assert_eq!(hidden(path, &text), [], "{text}");
    }
}

#[test]
fn any_bytes_are_survived() {
    let detector = Detector::new(&RuleSet::embedded());
    let token = token();
    let encoded = base64_encode(token.as_bytes(), false);
    let (head, tail) = encoded.split_at(30);
    let pieces = [
        head,
        tail,
        "é",
        "%",
        "%4",
        "%41",
        "\\x",
        "\\x6",
        "\\x67",
        "\"",
        "' '",
        " + ",
        "+",
        ".join(",
        "\"\"",
        "[",
        "]",
        "concat!(",
        ")",
        ",",
        "\n",
        "kind: Secret\n",
        "data:\n",
        "  a: ",
        "|\n",
        "=",
        "ghp_",
        "\\",
        "\\n",
        "\u{fffd}",
        "data:image/png;base64,",
        ".concat(",
        "-----BEGIN",
    ];
    let mut state = 7u64;
    for path in ["a.py", "a.php", "a.yaml", "a.rs"] {
        let place = Place::of(&crate::model::Target::at(path));
        for _ in 0..1_000 {
            let mut text = String::new();
            for _ in 0..14 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            let mut plain = detector.detect(&text, &place);
            for one in search(&detector, &text, path, &place, &mut plain) {
                assert!(one.found.span.end <= text.len() && !one.pieces.is_empty(), "{text}");
            }
        }
    }
}

#[test]
fn ten_thousand_of_them_take_no_more_than_their_share() {
    let line = format!("{} ", base64_encode(format!("token={}", token()).as_bytes(), false));
    let started = std::time::Instant::now();
    assert_eq!(hidden("a.txt", &line.repeat(2_000)).len(), 2_000);
    assert_eq!(hidden("a.js", &"\"a\"+".repeat(200_000)), []);
    assert_eq!(hidden("a.txt", &"%41".repeat(300_000)), []);
    assert!(started.elapsed().as_secs() < 20);
}

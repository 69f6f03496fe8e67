"""Writes the 21 rules that ast-grep runs in the comparison: common shapes, seven a language."""

import pathlib
import sys

RULES = {
    "python": [
        "eval($$$A)",
        "exec($$$A)",
        "os.system($$$A)",
        "subprocess.run($$$A, shell=True, $$$B)",
        "pickle.loads($$$A)",
        "yaml.load($$$A)",
        "hashlib.md5($$$A)",
    ],
    "typescript": [
        "eval($$$A)",
        "new Function($$$A)",
        "$X.innerHTML = $Y",
        "document.write($$$A)",
        "child_process.exec($$$A)",
        "console.log($$$A)",
        "crypto.createHash($$$A)",
    ],
    "rust": [
        "$X.unwrap()",
        "std::mem::transmute($$$A)",
        "Command::new($$$A)",
        "String::from_utf8_unchecked($$$A)",
        "std::thread::sleep($$$A)",
        "$X.expect($$$A)",
        "format!($$$A)",
    ],
}

target = pathlib.Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
(target.parent / "sgconfig.yml").write_text(f"ruleDirs: [{target.name}]\n")
for language, patterns in RULES.items():
    for index, pattern in enumerate(patterns):
        text = f"id: {language}-{index}\nlanguage: {language}\nseverity: warning\nmessage: found\nrule:\n  pattern: '{pattern}'\n"
        (target / f"{language}-{index}.yml").write_text(text)

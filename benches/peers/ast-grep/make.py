"""Writes the 21 rules that ast-grep runs in the comparison: common shapes, in each language that gate parses."""

import pathlib
import sys

RULES = {
    "python": [
        "eval($$$A)",
        "os.system($$$A)",
        "subprocess.run($$$A, shell=True, $$$B)",
        "pickle.loads($$$A)",
        "hashlib.md5($$$A)",
    ],
    "rust": [
        "$X.unwrap()",
        "std::mem::transmute($$$A)",
        "Command::new($$$A)",
        "std::thread::sleep($$$A)",
        "format!($$$A)",
    ],
    "javascript": ["eval($$$A)", "new Function($$$A)", "$X.innerHTML = $Y", "document.write($$$A)"],
    "typescript": ["eval($$$A)", "child_process.exec($$$A)", "console.log($$$A)", "crypto.createHash($$$A)"],
    "tsx": ["eval($$$A)", "$X.innerHTML = $Y", "console.log($$$A)"],
}

target = pathlib.Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
(target.parent / "sgconfig.yml").write_text(f"ruleDirs: [{target.name}]\n")
for language, patterns in RULES.items():
    for index, pattern in enumerate(patterns):
        text = f"id: {language}-{index}\nlanguage: {language}\nseverity: warning\nmessage: found\nrule:\n  pattern: '{pattern}'\n"
        (target / f"{language}-{index}.yml").write_text(text)

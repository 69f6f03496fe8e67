#!/usr/bin/env python3
"""Whether `gate` and `cargo audit` find the same advisories from one database: `cargo_audit.py GATE RUSTSEC_CHECKOUT Cargo.lock...`

Prints a line for each lockfile, and every advisory that only one of them finds. Yanked releases are left out: they stand in the
registry's index and not in the database."""
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile


def of_gate(gate, database, lockfile):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(lockfile, pathlib.Path(folder, "Cargo.lock"))
        done = subprocess.run([gate, "scan", "--only", "dependencies", "--db", database, "--format", "json", folder], capture_output=True)
    report = json.loads(done.stdout)
    found = collections.Counter()
    for finding in report["findings"]:
        about = finding["properties"]
        kind = finding["rule"].removeprefix("dependency/")
        found[kind, about["package"], about["version"], about["advisory"]] += 1
    return found, report


def of_audit(database, lockfile):
    command = ["cargo", "audit", "--json", "--no-fetch", "--stale", "--db", database, "--file", lockfile]
    report = json.loads(subprocess.run(command, capture_output=True).stdout)
    found = collections.Counter()
    for one in report["vulnerabilities"]["list"]:
        found["vulnerable", one["package"]["name"], one["package"]["version"], one["advisory"]["id"]] += 1
    for kind, warnings in report["warnings"].items():
        for one in warnings if kind != "yanked" else []:
            found[kind, one["package"]["name"], one["package"]["version"], one["advisory"]["id"]] += 1
    return found, report["lockfile"]["dependency-count"]


def main():
    gate, database, *lockfiles = sys.argv[1:]
    different = 0
    for lockfile in lockfiles:
        ours, _ = of_gate(gate, database, lockfile)
        theirs, count = of_audit(database, lockfile)
        kinds = collections.Counter(kind for kind, *_ in ours.elements())
        name = pathlib.Path(lockfile).parent.name
        print(f"{name}: {count} packages, {sum(ours.values())} findings ({dict(sorted(kinds.items()))}), {'the same' if ours == theirs else 'DIFFERENT'}")
        for one, times in sorted(((ours - theirs) + (theirs - ours)).items()):
            print("   only", "gate" if ours[one] > theirs[one] else "cargo audit", *one, f"x{times}")
            different += times
    print(f"{different} findings differ")
    return 1 if different else 0


sys.exit(main())

#!/usr/bin/env python3
"""Whether `gate` and an evaluator of its own, written here on top of `packaging`, agree about every OSV record of PyPI:
`pypi.py GATE OSV_FOLDER`, where OSV_FOLDER holds PyPI/all.zip.

Every package is asked about at each bound of each of its records, just below and just above it, and at the versions that
records list. The questions stand in lockfiles, so that the whole way through gate is taken."""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

from packaging.version import InvalidVersion, Version


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def parsed(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def in_range(version, events):
    """https://ossf.github.io/osv-schema/#evaluation; a range with a bound that is no version says nothing."""
    if any(bound not in ("0", "*") and parsed(bound) is None for event in events for bound in event.values()):
        return False
    key = lambda event: Version("0.dev0") if event[1] == "0" and event[0] == "introduced" else Version(event[1])
    bounds = sorted(((kind, bound) for event in events for kind, bound in event.items()), key=key)
    limits = [bound for kind, bound in bounds if kind == "limit"]
    if limits and not any(bound == "*" or version < Version(bound) for bound in limits):
        return False
    affected = False
    for kind, bound in bounds:
        if kind == "introduced" and (bound == "0" or version >= Version(bound)):
            affected = True
        elif kind == "fixed" and version >= Version(bound):
            affected = False
        elif kind == "last_affected" and version > Version(bound):
            affected = False
    return affected


def affects(entry, text):
    version = parsed(text)
    listed = entry.get("versions") or []
    if text in listed or version is not None and any(parsed(one) == version for one in listed):
        return True
    ranges = [one["events"] for one in entry.get("ranges") or [] if one["type"] == "ECOSYSTEM"]
    return version is not None and any(in_range(version, events) for events in ranges)


def around(bound):
    """Versions at, just below and just above it."""
    version = parsed(bound)
    if version is None:
        return [bound]
    release = list(version.release)
    below = [*release[:-1], release[-1] - 1] if release[-1] else []
    dots = lambda numbers: ".".join(map(str, numbers))
    epoch = f"{version.epoch}!" if version.epoch else ""
    found = [bound, epoch + dots(release) + ".dev0", epoch + dots(release) + "rc1", epoch + dots([*release[:-1], release[-1] + 1])]
    found += [epoch + dots(release), epoch + dots([*release, 0]), epoch + dots([*release, 0, 1]), epoch + dots(release) + ".post1"]
    return found + ([epoch + dots(below)] if below else [])


def questions(entries):
    found = set()
    for _, entry in entries:
        for one in entry.get("ranges") or []:
            if one["type"] == "ECOSYSTEM":
                for event in one["events"]:
                    for kind, bound in event.items():
                        found.update(around("0" if bound in ("0", "*") else bound))
        listed = entry.get("versions") or []
        found.update(listed[:2] + listed[-2:])
    return {text for text in found if re.fullmatch(r"[A-Za-z0-9.!+_-]+", text)}


def groups(records):
    """Records that share a name, by way of others too: id → the least id of its group."""
    names = {}
    head = {record["id"]: record["id"] for record in records}
    find = lambda one: one if head[one] == one else find(head[one])
    for record in records:
        for name in [record["id"], *record.get("aliases", [])]:
            a, b = find(record["id"]), find(names.setdefault(name, record["id"]))
            head[max(a, b)] = min(a, b)
    return {one: find(one) for one in head}


def asked_gate(gate, database, pins):
    """(package, version) → the ids and aliases of each finding."""
    found = collections.defaultdict(list)
    for start in range(0, len(pins), 5000):
        with tempfile.TemporaryDirectory() as folder:
            head = 'version = 1\nrequires-python = ">=3.9"\n\n'
            package = '[[package]]\nname = "{}"\nversion = "{}"\nsource = {{ registry = "https://pypi.org/simple" }}\n\n'
            text = head + "".join(package.format(*pin) for pin in pins[start:start + 5000])
            pathlib.Path(folder, "uv.lock").write_text(text)
            command = [gate, "scan", "--only", "dependencies", "--db", database, "--format", "json", folder]
            report = json.loads(subprocess.run(command, capture_output=True).stdout)
        for finding in report["findings"]:
            about = finding["properties"]
            found[about["package"], about["version"]].append({about["advisory"], *about["aliases"]})
    return found


def main():
    gate, database = sys.argv[1:]
    archive = zipfile.ZipFile(pathlib.Path(database, "PyPI", "all.zip"))
    records = [json.loads(archive.read(name)) for name in archive.namelist()]
    records = [record for record in records if not record.get("withdrawn")]
    by_package = collections.defaultdict(list)
    for record in records:
        for entry in record["affected"]:
            if entry["package"]["ecosystem"] == "PyPI":
                by_package[normalized(entry["package"]["name"])].append((record, entry))
    pins = sorted((name, text) for name, entries in by_package.items() for text in questions(entries))
    ours = asked_gate(gate, database, pins)
    answers, different, affected = 0, 0, 0
    for name, text in pins:
        entries = by_package[name]
        theirs = {}
        for record, entry in entries:
            theirs[record["id"]] = theirs.get(record["id"], False) or affects(entry, text)
        answers += len(theirs)
        affected += sum(theirs.values())
        head = groups([record for record, _ in entries if theirs[record["id"]]])
        expected = collections.Counter(head.values()).keys()
        told = ours[name, text]
        missing = [one for one, is_affected in theirs.items() if is_affected != any(one in names for names in told)]
        if missing or len(told) != len(expected):
            different += 1
            print("DIFFERENT", name, text, missing, len(told), len(expected))
    print(f"{len(records)} records of {len(by_package)} packages, {len(pins)} versions: {answers} answers, {affected} of them affected, {different} versions differ")
    return 1 if different else 0


sys.exit(main())

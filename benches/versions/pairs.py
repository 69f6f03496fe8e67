#!/usr/bin/env python3
"""Pairs of versions to hold an order of src/version/ against the ecosystem's own: `pairs.py SCHEME [COUNT]`, the same ones at every run.

Half of the pairs are neighbours: one version and itself with a piece changed, added or taken away."""
import random
import sys

NUMBERS = ["0", "1", "2", "3", "9", "10", "11", "19", "20240101", "00", "01", "010"]
PLAIN = ["0", "1", "2", "3", "9", "10", "11", "19", "20240101"]
WORDS = ["a", "b", "c", "rc", "alpha", "beta", "dev", "post", "pre", "x", "RC", "Alpha", "SNAPSHOT", "final", "ga", "sp", "m", "p1", "r", "foo"]


def release(roll, numbers, least=1, most=4):
    return ".".join(roll.choice(numbers) for _ in range(roll.randint(least, most)))


def identifiers(roll, numbers=PLAIN):
    part = lambda: roll.choice([roll.choice(numbers), roll.choice(WORDS), roll.choice(WORDS) + roll.choice(numbers), "a-b"])
    return ".".join(part() for _ in range(roll.randint(1, 3)))


def semver(roll, least=3, most=3, prefix=("",)):
    text = roll.choice(prefix) + release(roll, PLAIN, least, most)
    if roll.random() < 0.5:
        text += "-" + identifiers(roll)
    if roll.random() < 0.2:
        text += "+" + identifiers(roll)
    return text


def pep440(roll):
    joint = lambda: roll.choice(["", "", ".", "-", "_"])
    text = roll.choice(["", "", "", "v", "1!"]) + release(roll, NUMBERS)
    if roll.random() < 0.5:
        text += joint() + roll.choice(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "RC"]) + joint() + roll.choice(["", "0", "1", "2", "10"])
    if roll.random() < 0.3:
        text += roll.choice([".post1", "-1", "post", ".rev2", "-r3", ".post10"])
    if roll.random() < 0.3:
        text += roll.choice([".dev1", "dev", ".dev10", "-dev2"])
    if roll.random() < 0.2:
        text += "+" + roll.choice(["abc", "1", "abc.1", "10", "abc-2", "1.abc"])
    return text


def maven(roll):
    text = release(roll, NUMBERS)
    for _ in range(roll.randint(0, 3)):
        text += roll.choice(["-", "-", ".", ""]) + roll.choice([roll.choice(WORDS), roll.choice(NUMBERS), roll.choice(WORDS) + roll.choice(NUMBERS)])
    return text


def gem(roll):
    text = release(roll, NUMBERS)
    for _ in range(roll.randint(0, 2)):
        text += roll.choice([".", ".", "-", ""]) + roll.choice([roll.choice(WORDS), roll.choice(NUMBERS), roll.choice(WORDS) + roll.choice(NUMBERS)])
    return text


def composer(roll):
    text = roll.choice(["", "", "v"]) + release(roll, NUMBERS)
    if roll.random() < 0.1:
        text = roll.choice(["2010-01-02", "20100102", "2010.01.02.1", "20100102-203040", "1.0.x", "1.x", "2010-1"])
    if roll.random() < 0.5:
        word = roll.choice(["alpha", "beta", "RC", "a", "b", "patch", "pl", "p", "stable", "rc"])
        text += roll.choice(["", "-", ".", "_"]) + word + roll.choice(["", "1", "2", ".1", "-2", "1.2", "10"])
    if roll.random() < 0.15:
        text += roll.choice(["-dev", ".dev", "dev"])
    if roll.random() < 0.1:
        text += roll.choice(["+build", "@beta"])
    return text


def debian(roll):
    text = roll.choice(["", "", "", "1:", "0:"]) + roll.choice(NUMBERS)
    for _ in range(roll.randint(0, 4)):
        text += roll.choice([".", ".", "+", "~", "~~", "-", ""]) + roll.choice([roll.choice(NUMBERS), roll.choice(WORDS), roll.choice(WORDS) + roll.choice(NUMBERS)])
    return text


def rpm(roll):
    text = roll.choice(["", "", "", "1:", "0:"]) + roll.choice(NUMBERS)
    for _ in range(roll.randint(0, 4)):
        text += roll.choice([".", ".", "+", "~", "^", "_", ""]) + roll.choice([roll.choice(NUMBERS), roll.choice(WORDS), roll.choice(WORDS) + roll.choice(NUMBERS)])
    return text + roll.choice(["", "-1", "-2.el9", "-10"])


def alpine(roll):
    text = release(roll, NUMBERS) + roll.choice(["", "", "a", "b"])
    for _ in range(roll.randint(0, 2)):
        text += "_" + roll.choice(["alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"]) + roll.choice(["", "0", "1", "2", "10"])
    return text + roll.choice(["", "-r0", "-r1", "-r10"])


def cran(roll):
    return roll.choice([".", "-", "."]).join(roll.choice(NUMBERS) for _ in range(roll.randint(1, 4)))


def conan(roll):
    text = release(roll, NUMBERS) if roll.random() < 0.8 else "cci." + roll.choice(NUMBERS)
    if roll.random() < 0.2:
        text += "." + roll.choice(WORDS)
    if roll.random() < 0.4:
        text += "-" + identifiers(roll)
    if roll.random() < 0.2:
        text += "+" + identifiers(roll)
    return text


MAKERS = {
    "Pep440": pep440, "Npm": lambda roll: semver(roll, prefix=("", "", "v", "=")), "SemVer": semver, "Hex": semver, "Pub": semver,
    "NuGet": lambda roll: semver(roll, 1, 4), "Go": lambda roll: semver(roll, prefix=("v",)),
    "Maven": maven, "RubyGems": gem, "Composer": composer, "Debian": debian, "Rpm": rpm, "Alpine": alpine, "Cran": cran, "Conan": conan,
}


def neighbour(roll, text):
    at = roll.randint(0, len(text))
    piece = roll.choice(["0", "1", ".0", ".1", "-1", "-", ".", "a", "rc", "~", "+", ""])
    return text[:at] + piece + text[at + roll.randint(0, 2):]


def main():
    scheme, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 8000
    roll, make = random.Random(scheme), MAKERS[scheme]
    for index in range(count):
        a = make(roll)
        print(a, neighbour(roll, a) if index % 2 else make(roll), sep="\t")


main()

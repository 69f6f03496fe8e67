"""Conan's Version: a pair a line in, its order out."""
import sys
from conan.internal.model.version import Version

for line in sys.stdin:
    a, b = (Version(text) for text in line.rstrip("\n").split("\t"))
    print(0 if a == b else -1 if a < b else 1)

"""`packaging`, the library of pip: a pair a line in, its order out (`!` where one is no version)."""
import sys
from packaging.version import InvalidVersion, Version

for line in sys.stdin:
    try:
        a, b = (Version(text) for text in line.rstrip("\n").split("\t"))
        print((a > b) - (a < b))
    except InvalidVersion:
        print("!")

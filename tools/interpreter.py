"""Prints the Python to install into: of those of the same version as this one, the build that runs the fastest.

Builds of one version differ by a fifth and more in speed: profile-guided optimisation, a shared library. What is chosen
serves requests, so it is worth a second.
"""

from __future__ import annotations  # the Python that asks may be too old for anything else

import os
import subprocess
import sys
from pathlib import Path

FOLDERS = [*os.environ.get("PATH", os.defpath).split(os.pathsep), "/usr/local/bin", "/usr/bin"]
WORTHWHILE = 0.93
"""Another build is taken only if it needs no more than this share of the time."""
SECONDS = 20
# What the data path does most: calls, attributes, small dictionaries and byte strings. The best of many short runs is
# what a build can do; anything above it is the noise of the machine.
PROBE = """
import sys, time, venv, ensurepip, ssl, sqlite3
class Field:
    __slots__ = ("name", "value")
    def __init__(self, name, value):
        self.name, self.value = name, value
    def line(self):
        return b"%%b: %%b" %% (self.name, self.value)
def run():
    for number in range(2000):
        fields = {name: Field(name, b"value") for name in (b"host", b"accept", b"user-agent")}
        lines = [each.line() for each in fields.values() if each.value is not None]
        b"|".join(lines).split(b"|")
def timed():
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
print(sys.version_info[:2] == %r and min(timed() for _ in range(25)))
"""


def main() -> None:
    """Print the path of the chosen one; this one's if no other is clearly faster."""
    own = os.path.realpath(sys.executable)
    found = {each: taken for each in candidates(own) if (taken := probe(each)) is not None}
    best = min(found, key=lambda each: found[each], default=own)
    chosen = best if own in found and found[best] <= WORTHWHILE * found[own] else own
    print(sys.executable if chosen == own else chosen)


def candidates(own: str) -> list[str]:
    """All programs that may be a Python of this version, each once."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    paths = [Path(folder, name) for folder in FOLDERS]
    return list(dict.fromkeys([own, *(os.path.realpath(each) for each in paths if os.access(each, os.X_OK))]))


def probe(program: str) -> float | None:
    """Seconds of the probe; None if the program cannot make an environment or is of another version."""
    try:
        done = subprocess.run(
            [program, "-I", "-c", PROBE % (sys.version_info[:2],)],
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
        return float(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


if __name__ == "__main__":
    main()

"""Every configuration shown to a reader is one that the gateway accepts."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import ROOT, place, versioned
from tests.patience import PATIENCE

FENCED = re.compile(r"^```yaml\n(# trigate\.yaml.*?)^```$", re.MULTILINE | re.DOTALL)
REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def examples() -> Iterator[tuple[str, str]]:
    for path in versioned():
        if path.suffix == ".yaml" and path.is_relative_to(ROOT / "examples"):
            yield place(path), path.read_text(encoding="utf-8")
        if path.suffix == ".md":
            for number, text in enumerate(FENCED.findall(path.read_text(encoding="utf-8")), 1):
                yield f"{place(path)} example {number}", text


EXAMPLES = dict(examples())


def check(file: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`trigate check` on `text`, with a value for every variable it refers to."""
    file.write_text(text, encoding="utf-8")
    environment = os.environ | {name: f"a-long-value-of-{name.lower()}-for-any-use" for name in REFERENCE.findall(text)}
    command = [sys.executable, "-m", "trigate.cli.main", "check", *options, "-c", file.name]
    return subprocess.run(
        command, cwd=file.parent, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_gateway_accepts(name: str, tmp_path: Path):
    # Pages show certificates and sockets that are not here; the files of examples/ can be served as they are.
    options = [] if name.endswith(".yaml") else ["--file-only"]
    done = check(tmp_path / "trigate.yaml", EXAMPLES[name], *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_examples():
    assert EXAMPLES


def test_a_wrong_example_would_be_refused(tmp_path: Path):
    done = check(tmp_path / "trigate.yaml", "inbuond: { listen: 127.0.0.1:8080 }\n", "--file-only")
    assert done.returncode != 0
    assert "inbound" in done.stdout + done.stderr


PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {
    f"{place(path)} program {number}": text
    for path in versioned()
    if path.suffix == ".md"
    for number, text in enumerate(PYTHON.findall(path.read_text(encoding="utf-8")), 1)
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_shown_to_a_reader_runs(name: str):
    command = [sys.executable, "-W", "error", "-c", PROGRAMS[name]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr

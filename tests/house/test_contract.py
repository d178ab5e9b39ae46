"""The import contracts hold, and each of them would see the import it forbids."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import BIN
from tests.house.sources import PACKAGE, ROOT
from tests.patience import PATIENCE

VIOLATIONS = {
    "core/settings.py": "import trigate.policy",
    "api/__init__.py": "import trigate.llm",
    "llm/__init__.py": "import yaml\nimport httptools\nimport openai\nimport sqlite3",
    "policy/__init__.py": "import uvloop\nimport trigate.policy.knot",
    "policy/knot.py": "import trigate.policy.rope",
    "policy/rope.py": "import trigate.policy.knot",
    "policy/authenticators/one.py": "import trigate.policy.authenticators.two",
    "policy/authenticators/two.py": "",
}
"""At least one import per contract that it must refuse."""


def verdicts(folder: Path) -> dict[str, str]:
    """What import-linter says of each contract about the package in `folder`."""
    command = [str(BIN / "lint-imports"), "--no-cache", "--no-logo", "--config", str(ROOT / "pyproject.toml")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=4 * PATIENCE, check=False)
    return dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", done.stdout, re.MULTILINE))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package, free to be spoiled."""
    shutil.copytree(PACKAGE, tmp_path / "trigate", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def add(copy: Path, name: str, text: str) -> None:
    path = copy / "trigate" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "__init__.py").touch()
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def test_every_contract_is_kept():
    found = verdicts(PACKAGE.parent)
    assert found
    assert set(found.values()) == {"KEPT"}


def test_every_contract_would_be_broken(copy: Path):
    for name, text in VIOLATIONS.items():
        add(copy, name, text)
    found = verdicts(copy)
    assert found
    assert [contract for contract, verdict in found.items() if verdict == "KEPT"] == []


def test_a_package_without_a_place_in_the_layers_is_refused(copy: Path):
    add(copy, "misc/odd.py", "import trigate.core")
    assert verdicts(copy)["A package imports only from the rows below it"] == "BROKEN"

"""What no file under version control may contain: addresses of registries, and paths of one machine."""

import json
import re

import pytest

from tests.house.sources import ROOT, place, versioned

REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs.org", "registry." + "yarnpkg.com")
OPTIONS = ("--index" + "-url", "--extra-index" + "-url", "--find" + "-links", "--trusted" + "-host")
MACHINE = re.compile("|".join(re.escape(each) for each in ("/" + "work/", "/" + "root/", "/home/" + "runner")))


def texts() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in versioned():
        raw = path.read_bytes()
        if b"\0" not in raw:
            found.append((place(path), raw.decode("utf-8")))
    return found


@pytest.mark.parametrize("words", [REGISTRIES, OPTIONS], ids=["registries", "options"])
def test_no_file_says_where_packages_come_from(words: tuple[str, ...]):
    assert [(path, word) for path, text in texts() for word in words if word in text] == []


def test_no_file_names_a_path_of_one_machine():
    assert [(path, found.group()) for path, text in texts() for found in MACHINE.finditer(text)] == []


def test_every_locked_distribution_has_its_hash():
    for lock in (ROOT / "requirements").glob("*.txt"):
        pinned = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
        assert [each for each in pinned if "--hash=sha256:" not in each] == []


@pytest.mark.parametrize("folder", [".", "tests/journeys/agents"])
def test_every_locked_node_package_has_its_hash_and_no_address(folder: str):
    packages = json.loads((ROOT / folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    locked = {name: each for name, each in packages.items() if name}
    assert [name for name, each in locked.items() if "integrity" not in each or "resolved" in each] == []


def test_the_core_stays_within_26_distributions():
    pinned = re.findall(r"^[\w.-]+==", (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert 0 < len(pinned) <= 26

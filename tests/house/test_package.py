"""What is built for others holds the package, whole, and nothing that runs by itself."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, ROOT, versioned
from tests.patience import PATIENCE

BUILD = "import sys; from setuptools import build_meta as b; to = sys.argv[1]; b.build_wheel(to); b.build_sdist(to)"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheel and sdist, built from a copy of the files under version control."""
    copy = tmp_path_factory.mktemp("copy")
    for path in versioned():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    destination = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-c", BUILD, str(destination)], cwd=copy, check=True, capture_output=True, timeout=4 * PATIENCE
    )
    return destination


def wheel_names(built: Path) -> list[str]:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        return wheel.namelist()


def sdist_names(built: Path) -> list[str]:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        return sdist.getnames()


def test_the_wheel_holds_every_file_of_the_package(built: Path):
    shipped = {path.relative_to(PACKAGE.parent).as_posix() for path in versioned() if path.is_relative_to(PACKAGE)}
    assert shipped <= set(wheel_names(built))


def test_the_wheel_holds_nothing_but_the_package_and_its_metadata(built: Path):
    tops = {name.partition("/")[0] for name in wheel_names(built)}
    assert tops == {"trigate", "trigate-0.1.0.dist-info"}


def test_nothing_that_is_built_starts_by_itself(built: Path):
    names = wheel_names(built) + sdist_names(built)
    assert [name for name in names if name.endswith((".pth", "sitecustomize.py", "usercustomize.py"))] == []


def test_both_carry_the_licence(built: Path):
    assert any(name.endswith("LICENSE") for name in wheel_names(built))
    assert any(name.endswith("LICENSE") for name in sdist_names(built))

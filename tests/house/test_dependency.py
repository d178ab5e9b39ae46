"""What is imported is declared: nothing works only because something else happens to bring it along."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.house.sources import PACKAGE, ROOT, versioned

OWN = {"trigate", "tests", "bench", "tools"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*lists: list[str]) -> set[str]:
    return {normal(found[0]) for each in lists for entry in each if (found := re.match(r"[\w.-]+", entry))}


def imported(paths: Iterable[Path]) -> set[str]:
    """The outermost packages that these files import, without the standard library's and our own."""
    names: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - OWN


def undeclared(paths: Iterable[Path], known: set[str]) -> set[str]:
    distributions = packages_distributions()
    return {name for name in imported(paths) if not {normal(each) for each in distributions.get(name, ())} & known}


def python_files() -> list[Path]:
    return [path for path in versioned() if path.suffix == ".py"]


def test_the_package_imports_only_what_installing_it_brings():
    files = [path for path in python_files() if path.is_relative_to(PACKAGE)]
    assert undeclared(files, declared(PROJECT["dependencies"])) == set()


def test_tests_and_bench_import_only_what_the_dev_extra_names():
    # The extra `dev` brings all others of the package, which pip writes as `trigate[...]`.
    known = declared(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    assert undeclared(python_files(), known) == set()


def test_an_undeclared_import_would_be_seen(tmp_path: Path):
    file = tmp_path / "sample.py"
    file.write_text("import numpy\nfrom yaml import nodes\nimport json\n")
    assert undeclared([file], declared(["PyYAML>=6"])) == {"numpy"}

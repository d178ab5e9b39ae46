"""The repository as the house tests see it: source files, their trees and the files under version control."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "trigate"
TESTS = ROOT / "tests"
DATA_PATH = ("core", "inbound", "outbound", "policy", "api", "llm", "mcp")
"""The packages every request passes."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def sources(*folders: str) -> list[Path]:
    """Every Python file of the package, or of some of its folders."""
    roots = [PACKAGE / folder for folder in folders] or [PACKAGE]
    return sorted(path for root in roots for path in root.rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def caption(path: Path) -> str:
    """The first line of a module's docstring, empty without one."""
    return (ast.get_docstring(parsed(path)) or "").partition("\n")[0]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, nested ones included."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, FUNCTIONS):
            yield node


def classes(path: Path) -> list[ast.ClassDef]:
    """The classes at the top level of a file."""
    return [node for node in parsed(path).body if isinstance(node, ast.ClassDef)]


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names; a call or another expression in it becomes `()`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "()"


def place(path: Path, node: ast.stmt | ast.expr | None = None) -> str:
    """Where something is, as one pastes it into an editor."""
    line = f":{node.lineno}" if node else ""
    return f"{path.relative_to(ROOT)}{line}"


@cache
def versioned() -> list[Path]:
    """Every file under version control, and every one that would be added to it."""
    git = shutil.which("git")
    assert git, "the house tests need git"
    listing = subprocess.run(
        [git, "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    )
    paths = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]

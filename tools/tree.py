"""Write the tree of the package, with the caption of each part, between the two marks of a document."""

import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "trigate"
START = "<!-- tree: written by `make docs` -->"
END = "<!-- /tree -->"
ORDER = (
    ["app.py", "cli", "config", ""],
    ["inbound", "api", "llm", "mcp", "portal", "admin", ""],
    ["policy", "outbound", "process", "store", "telemetry", "core"],
)
"""Groups from the door inward, as one reads the design; a part not named here is not shown, and a test says so."""


def caption(path: Path) -> str:
    """The first line of a module's docstring."""
    module = path / "__init__.py" if path.is_dir() else path
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    return (docstring or "").partition("\n")[0]


def parts() -> list[Path]:
    """The packages and modules directly under the package."""
    found = {path.name: path for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    hidden = {"__init__.py", "__main__.py"}
    return [found[name] for name in sorted(found) if name not in hidden]


def tree() -> str:
    """The tree as a fenced block."""
    present = {path.name: path for path in parts()}
    unknown = present.keys() - {name for group in ORDER for name in group}
    if unknown:
        raise LookupError(f"say in tools/tree.py where {', '.join(sorted(unknown))} stands")
    lines = [line for group in ORDER for line in _lines(group, present)]
    return "\n".join(["```text", "src/trigate/", *lines, "```"])


def _lines(group: list[str], present: dict[str, Path]) -> list[str]:
    shown = [name for name in group if name in present]
    lines = [f"  {_label(present[name]):<12}{caption(present[name])}" for name in shown]
    return [*lines, ""] if lines and not group[-1] else lines


def _label(path: Path) -> str:
    return f"{path.name}/" if path.is_dir() else path.name


def write(document: Path) -> None:
    """Replace what stands between the marks of `document`."""
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, mark, after = rest.partition(END)
    if not mark:
        raise LookupError(f"{document} lacks the marks {START} and {END}")
    document.write_text(f"{before}{START}\n{tree()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))

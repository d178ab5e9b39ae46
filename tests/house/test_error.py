"""The errors are one tree: in the classes, in the docstring of core/errors.py, and in the reference."""

import importlib
import re

from tests.house.sources import ROOT, classes, dotted, sources
from trigate.core import errors
from trigate.core.errors import GatewayError

MEMBER = re.compile(r"^([│├└─ ]*)(\w+) +(\d+|-|status) +(\w+)$", re.MULTILINE)
REFERENCE = ROOT / "docs" / "reference" / "errors.md"


def every_error() -> list[type[GatewayError]]:
    """Every subclass the package defines, in whatever module."""
    for module in modules_with_errors():
        importlib.import_module(module)
    return [GatewayError, *sorted(descendants(GatewayError), key=lambda each: each.code)]


def modules_with_errors() -> set[str]:
    """Where a class has an error among its bases, however many modules lie between it and GatewayError."""
    known, grown = set[str](), {"GatewayError"}
    modules: set[str] = set()
    while grown != known:
        known = set(grown)
        for path in sources():
            defined = {each.name for each in classes(path) if known & {dotted(base) for base in each.bases}}
            if defined:
                modules.add(".".join(path.relative_to(ROOT / "src").with_suffix("").parts))
            grown |= defined
    return modules


def descendants(parent: type[GatewayError]) -> list[type[GatewayError]]:
    own = [each for each in parent.__subclasses__() if each.__module__.startswith("trigate.")]
    return [found for each in own for found in (each, *descendants(each))]


def drawn() -> dict[str, tuple[str, str, str]]:
    """From the docstring: name of each error, and its parent, status and blame."""
    above: list[str] = []
    tree: dict[str, tuple[str, str, str]] = {}
    for indent, name, status, blame in MEMBER.findall(errors.__doc__ or ""):
        depth = len(indent) // 4
        above = [*above[:depth], name]
        tree[name] = (above[depth - 1] if depth else "", status, blame)
    return tree


def defined(each: type[GatewayError]) -> tuple[str, str, str]:
    parent = each.__base__
    assert parent is not None
    return parent.__name__, str(each.status), each.blame


def test_the_docstring_draws_the_tree_of_the_classes():
    tree = drawn()
    del tree["GatewayError"]
    own = [each for each in every_error() if each is not GatewayError and each.__module__ == errors.__name__]
    classes_tree = {each.__name__: defined(each) for each in own}
    statusless = {name for name, (_, status, _) in tree.items() if status == "-"}
    for name in statusless:
        tree[name] = (tree[name][0], classes_tree[name][1], tree[name][2])
    assert tree == classes_tree


def test_every_error_has_a_code_of_its_own():
    codes = [each.code for each in every_error()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(\.[a-z_]+)+", code) for code in codes)


def test_the_reference_lists_every_error_and_no_other():
    listed = set(re.findall(r"`([a-z]+(?:\.[a-z_]+)+)`", REFERENCE.read_text(encoding="utf-8")))
    assert listed == {each.code for each in every_error() if each is not GatewayError} | (listed & {GatewayError.code})


def test_every_error_says_what_it_means():
    assert [each.__name__ for each in every_error() if not each.__doc__] == []

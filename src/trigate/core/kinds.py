"""How `kind: NAME` finds its class: by file name in the plural folder, or by an entry point of another package."""

import importlib
import inspect
import pkgutil
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from trigate.core.settings import Kind

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

K = TypeVar("K", bound=Kind)
_GROUP = b"[trigate."


def folder(contract: type[Kind]) -> str:
    """The package that holds the contract's kinds, and the name of its entry-point group."""
    module = contract.__module__
    if module.endswith("x"):
        return f"{module}es"
    return f"{module[:-1]}ies" if module.endswith("y") else f"{module}s"


@cache
def offered(group: str) -> "tuple[EntryPoint, ...]":
    """What other packages offer; looked up once per process, for it reads a file of every distribution there is."""
    if not _is_any_offered():
        return ()
    from importlib.metadata import entry_points  # takes megabytes, for which most gateways have no use

    return tuple(entry_points(group=group))


@cache
def _is_any_offered() -> bool:
    """Whether a distribution may offer kinds: one that lies in a folder says so in a file of its own."""
    places = [Path(each or ".") for each in sys.path]
    if any(place.is_file() for place in places):
        return True  # an archive, into which only importlib.metadata looks
    return any(_GROUP in file.read_bytes() for place in places for file in place.glob("*-info/entry_points.txt"))


def names(contract: type[Kind]) -> list[str]:
    """Every kind of the contract that can be named, built-in ones first."""
    package = importlib.import_module(folder(contract))
    built_in = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    return built_in + sorted(entry.name for entry in offered(folder(contract)))


def every(contract: type[Kind]) -> list[str]:
    """The same, and those that are made of data."""
    return names(contract) + list(contract.listed())


def find(contract: type[K], name: str) -> type[K]:
    """The class of kind `name`.

    Raises LookupError if there is none, or more than one: a plug-in never takes the place of a built-in kind.
    """
    plugins = [entry for entry in offered(folder(contract)) if entry.name == name]
    package = importlib.import_module(folder(contract))
    built_in = {found.name for found in pkgutil.iter_modules(package.__path__)}
    if len(plugins) + (name in built_in) > 1:
        raise LookupError(f"kind {name!r} is offered more than once")
    if plugins:
        return plugins[0].load()
    if name not in built_in:
        return _made(contract, name)
    return _only_class(contract, importlib.import_module(f"{folder(contract)}.{name}"))


def name_of(kind: type[Kind]) -> str:
    """The name under which a kind's class is configured: its module's last part."""
    return kind.__module__.rpartition(".")[2]


def _made(contract: type[K], name: str) -> type[K]:
    if name not in contract.listed():
        raise LookupError(f"there is no kind {name!r}")
    made = contract.make(name)
    if not issubclass(made, contract):
        raise LookupError(f"kind {name!r} is no {contract.__name__}")
    return made


def _only_class(contract: type[K], module: object) -> type[K]:
    own = [
        each
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, contract) and each.__module__ == getattr(module, "__name__", "")
    ]
    if len(own) != 1:
        raise LookupError(f"{getattr(module, '__name__', module)} must define exactly one {contract.__name__}")
    return own[0]

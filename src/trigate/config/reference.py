"""The reference pages of the documentation, written from the types: configuration, kinds and errors."""

import importlib
import pkgutil
from collections.abc import Iterator

from msgspec import Struct

import trigate
from trigate.config import shape
from trigate.config.config import Config
from trigate.config.docstring import class_text, field_text
from trigate.config.dump import dump_line
from trigate.config.explain import held, write_default
from trigate.config.provider_page import provider_blocks
from trigate.config.shape import Hint, describe
from trigate.core import kinds
from trigate.core.errors import GatewayError
from trigate.core.settings import Kind

Pages = dict[str, str]
"""Texts by file name below the folder of the reference."""

NOTE = "<!-- Written by `make docs`; change the text where it is declared. -->\n"
"""The mark of a page that may be overwritten and removed."""


def pages() -> Pages:
    """Every page but those of the command line."""
    contracts = sorted(_contracts(Config, set()), key=lambda each: each.__name__)
    found = {f"configuration/{key}.md": _section_page(key) for key in shape.fields(Config)}
    for contract in contracts:
        for name in kinds.names(contract):
            found[_kind_file(contract, name)] = _kind_page(contract, name)
    providers = page("Providers of the catalogue", *provider_blocks(row))
    return {"errors.md": _errors_page(), "README.md": _index_page(contracts), "providers.md": providers, **found}


def page(title: str, *blocks: str) -> str:
    """A page in the form they all have."""
    return "\n".join([f"# {title}\n", NOTE, *[f"{block.strip()}\n" for block in blocks if block.strip()]])


def row(*cells: str) -> str:
    """A row of a table; what would end a cell is escaped."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), '<br>') for cell in cells)} |"


# --- configuration ---


def _section_page(key: str) -> str:
    hint = shape.fields(Config)[key].hint
    (settings,) = held(hint)
    blocks = [f"{field_text(Config, key)}", *_tables(settings, key, "../", ())]
    return page(f"`{key}`", *blocks)


def _tables(settings: type[Struct], path: str, up: str, above: tuple[type[Struct], ...]) -> Iterator[str]:
    """The table of a class and then those of the classes in it; a class inside itself is not written again."""
    yield _table(settings)
    for key, field in shape.fields(settings).items():
        place = f"{path}.{key}" if path else key
        # A class that may be written alone or in a list is one section.
        for inner, where in {each: where for where, each in reversed(list(_holders(field.hint, place)))}.items():
            yield from _section(where, inner, up, (*above, settings))


def _section(place: str, settings: type[Struct], up: str, above: tuple[type[Struct], ...]) -> Iterator[str]:
    yield f"## `{place}`"
    yield class_text(settings)
    if shape.is_contract(settings):
        yield "The key `kind` picks one of these; its other keys are on its page.\n\n" + _kind_list(settings, up)
    elif settings not in above:
        yield from _tables(settings, place, up, above)


def _holders(hint: Hint, place: str) -> Iterator[tuple[str, type[Struct]]]:
    """The settings classes in a type, each with its place: `NAME` for a key of one's choice, `[]` for any item."""
    for each in shape.members(hint):
        if shape.is_node(each):
            yield place, each
        elif shape.is_mapping(each):
            yield from _holders(shape.elements(each)[1], f"{place}.NAME")
        elif shape.is_list(each):
            yield from _holders(shape.elements(each)[-1], f"{place}[]")


def _table(settings: type[Struct]) -> str:
    rows = [row("key", "value", "default", "meaning"), row("---", "---", "---", "---")]
    for key, field in shape.fields(settings).items():
        default = "must be written" if field.required else _default(write_default(field))
        rows.append(row(f"`{key}`", describe(field.hint, examples=False), default, field_text(settings, key)))
    return "\n".join(rows) if len(rows) > 2 else "It has no keys of its own."


def _default(text: str) -> str:
    return text if text.startswith("that ") else f"`{text}`"


# --- kinds ---


def _contracts(settings: type[Struct], seen: set[type[Struct]]) -> set[type[Kind]]:
    """Every contract that a class, the classes in it and the kinds of those lead to."""
    if settings in seen:
        return set()
    seen.add(settings)
    own: set[type[Kind]] = {settings} if shape.is_contract(settings) else set()
    inner = [each for field in shape.fields(settings).values() for each in held(field.hint)]
    inner += [kinds.find(contract, name) for contract in own for name in kinds.names(contract)]
    return own.union(*(_contracts(each, seen) for each in inner))


def _kind_file(contract: type[Kind], name: str) -> str:
    return f"kinds/{_plural(contract)}/{name}.md"


def _plural(contract: type[Kind]) -> str:
    return kinds.folder(contract).rpartition(".")[2]


def _kind_list(contract: type[Kind], up: str) -> str:
    found = {name: class_text(kinds.find(contract, name)).partition("\n")[0] for name in kinds.names(contract)}
    return "\n".join(f"- [`{name}`]({up}{_kind_file(contract, name)}): {text}" for name, text in found.items())


def _kind_page(contract: type[Kind], name: str) -> str:
    settings = kinds.find(contract, name)
    title = f"{contract.__name__} kind `{name}`"
    example = f"Written as `{dump_line({'kind': name})}` with these keys beside:"
    return page(title, class_text(settings), example, *_tables(settings, "", "../../", ()))


# --- errors ---


def _errors_page() -> str:
    rows = [row("code", "status", "fault of", "another target", "meaning"), row("---", "---", "---", "---", "---")]
    rows += [_error_row(each) for each in every_error()]
    intro = "Callers, logs and metrics know an error by its code, which does not change between versions."
    return page("Errors", intro, "\n".join(rows))


def _error_row(error: type[GatewayError]) -> str:
    status = "" if error.code.startswith("config.") else str(error.status)
    retry = "is tried while nothing was sent" if error.retryable else ""
    return row(f"`{error.code}`", status, error.blame, retry, " ".join((error.__doc__ or "").split()))


def every_error() -> list[type[GatewayError]]:
    """Every error of the package, parents before children, wherever it is defined."""
    for module in pkgutil.walk_packages(trigate.__path__, "trigate."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return list(_below(GatewayError))


def _below(parent: type[GatewayError]) -> Iterator[type[GatewayError]]:
    own = [each for each in parent.__subclasses__() if each.__module__.startswith("trigate.")]
    for each in sorted(own, key=lambda each: each.code):
        yield each
        yield from _below(each)


# --- the index ---


def _index_page(contracts: list[type[Kind]]) -> str:
    sections = [f"- [`{key}`](configuration/{key}.md): {field_text(Config, key)}" for key in shape.fields(Config)]
    parts = [f"### {contract.__name__}\n\n{_kind_list(contract, '')}" for contract in contracts]
    return page(
        "Reference",
        "- [Commands](cli.md)\n- [Errors](errors.md)\n- [Providers of the catalogue](providers.md)",
        "## Configuration\n\nThe keys of `trigate.yaml`.",
        "\n".join(sections),
        "## Kinds",
        *parts,
    )

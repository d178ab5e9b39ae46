"""One place of the configuration in prose: its type, default, text, keys, and what a file says there."""

import re
import textwrap
from typing import Any, Final, cast

from msgspec import Struct

from trigate.config import shape
from trigate.config.config import Config
from trigate.config.docstring import class_text, field_text, first_sentence
from trigate.config.dump import dump, dump_line
from trigate.config.problem import Path, suggest, write_path
from trigate.config.shape import Field, Hint, describe
from trigate.core import kinds

UNKNOWN: Final = object()
"""In place of a value when no file says it."""

_STEP = re.compile(r'\.?([A-Za-z0-9_-]+)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]')
_WIDTH = 100


class Spot(Struct, frozen=True):
    """A place in the configuration."""

    path: Path
    hint: Hint
    value: Any = UNKNOWN
    field: Field | None = None
    text: str = ""


def read_path(text: str) -> Path:
    """The steps of `llm.models["gpt-5.2"].targets[0]`; raises ValueError."""
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or found.end() == position:
            raise ValueError(f'{text!r} is not a path such as llm.models.smart or llm.models["gpt-5.2"]')
        name, quoted, index = found.groups()
        steps.append(int(index) if index else name or re.sub(r"\\(.)", r"\1", quoted))
        position = found.end()
    return tuple(steps)


def explain(path: str = "", config: Config | None = None) -> str:
    """The place at `path`, with what `config` says there; raises LookupError or ValueError if there is none."""
    spot = Spot((), Config, UNKNOWN if config is None else config, None, class_text(Config))
    for step in read_path(path):
        spot = _step(spot, step)
    return "\n".join(_lines(spot))


# --- going down ---


def _step(spot: Spot, step: str | int) -> Spot:
    known: list[str] = []
    for hint in _readings(spot):
        found = _into(spot, hint, step)
        if found is not None:
            return found
        known += shape.fields(hint) if shape.is_node(hint) else ()
        known += kinds.every(hint) if shape.is_contract(hint) else ()
    where = write_path(spot.path) or "the configuration"
    raise LookupError(f"there is no {step!r} in {where}{suggest(str(step), known)}")


def _readings(spot: Spot) -> list[Hint]:
    """The types a place may have; the one a file gives it comes first, for it tells the kind."""
    hints = list(shape.members(spot.hint))
    return [type(spot.value), *hints] if isinstance(spot.value, Struct) else hints


def _into(spot: Spot, hint: Hint, step: str | int) -> Spot | None:
    if shape.is_node(hint):
        return _into_key(spot, hint, str(step)) or _into_kind(spot, hint, str(step))
    if shape.is_mapping(hint):
        values = cast("dict[Any, Any]", spot.value) if _is(spot.value, dict) else {}
        return Spot((*spot.path, step), shape.elements(hint)[1], values.get(step, UNKNOWN), None, spot.text)
    if shape.is_list(hint):
        return _into_item(spot, hint, step)
    return None


def _into_key(spot: Spot, settings: type[Struct], key: str) -> Spot | None:
    field = shape.fields(settings).get(key)
    if field is None:
        return None
    value = getattr(spot.value, field.name) if isinstance(spot.value, settings) else UNKNOWN
    return Spot((*spot.path, key), field.hint, value, field, field_text(settings, key))


def _into_kind(spot: Spot, contract: Hint, name: str) -> Spot | None:
    if not shape.is_contract(contract) or name not in kinds.every(contract):
        return None
    found = kinds.find(contract, name)
    return Spot((*spot.path, name), found, UNKNOWN, None, class_text(found))


def _into_item(spot: Spot, hint: Hint, step: str | int) -> Spot | None:
    """An item by number; a name goes on into whatever the list holds, so that `policy.limits.rate` is a place."""
    items = shape.elements(hint)
    if not str(step).isdecimal():
        return _step(Spot(spot.path, items[0], UNKNOWN, None, spot.text), step)
    index = int(step)
    item = items[min(index, len(items) - 1)]
    values = cast("list[Any]", spot.value) if _is(spot.value, list, tuple) else []
    return Spot((*spot.path, index), item, values[index] if index < len(values) else UNKNOWN, None, spot.text)


def _is(value: Any, *types: type[Any]) -> bool:
    return isinstance(value, types)


# --- saying it ---


def _lines(spot: Spot) -> list[str]:
    lines = [write_path(spot.path), f"  {_kind_of_value(spot)}"] if spot.path else []
    lines += [f"  {line}" for each in spot.text.splitlines() for line in textwrap.wrap(each, _WIDTH)]
    for hint in _described(spot):
        lines += ["", *_keys(hint)]
    return lines + _value(spot)


def _kind_of_value(spot: Spot) -> str:
    words = describe(spot.hint)
    if spot.field is None:
        return words
    return f"{words}; must be written" if spot.field.required else f"{words}; default {write_default(spot.field)}"


def write_default(field: Field) -> str:
    """A default as one would write it on one line."""
    shown = dump_line(field.default)
    return "that of its keys" if isinstance(field.default, Struct) and shown == "{}" else shown


def _described(spot: Spot) -> list[type[Struct]]:
    """The classes whose keys are listed: of the place itself, or of what its list or mapping holds."""
    if isinstance(spot.value, Struct):
        return [type(spot.value)]
    return held(spot.hint)


def held(hint: Hint) -> list[type[Struct]]:
    """The settings classes in a type, through unions, lists and mappings."""
    found: list[type[Struct]] = []
    for each in shape.members(hint):
        if shape.is_node(each):
            found.append(each)
        elif shape.is_list(each) or shape.is_mapping(each):
            found += held(shape.elements(each)[-1])
    return found


def _keys(settings: type[Struct]) -> list[str]:
    rows: list[tuple[str, str]] = []
    if shape.is_contract(settings):
        rows.append(("kind", f"one of {shape.known_kinds(settings)}"))
    elif shape.is_kind(settings):
        rows.append(("kind", kinds.name_of(settings)))
    rows += [(key, first_sentence(field_text(settings, key))) for key in shape.fields(settings)]
    width = max((len(key) for key, _ in rows), default=0)
    return [f"  {key:<{width}}  {text}".rstrip() for key, text in rows]


def _value(spot: Spot) -> list[str]:
    if spot.value is UNKNOWN or not spot.path:
        return []
    return ["", "  in the file, or by default:", *textwrap.indent(dump(spot.value).rstrip(), "    ").splitlines()]

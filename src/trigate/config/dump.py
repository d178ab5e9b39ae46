"""Settings back to YAML, without what is default and without secrets."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, cast

import yaml
from msgspec import Struct

from trigate.config import shape
from trigate.core.kinds import name_of
from trigate.core.settings import Duration, Kind, Secret, Size

_DURATIONS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_SIZES = (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def dump(value: Any) -> str:
    """`value` as YAML text that reads back as the same settings, but for its secrets, which show as `•••`."""
    text = yaml.safe_dump(plain(value), sort_keys=False, allow_unicode=True, width=110)
    return text.removesuffix("...\n").rstrip("\n") + "\n"


def dump_line(value: Any) -> str:
    """`value` as YAML on one line, as it would be written after its key."""
    text = yaml.safe_dump(plain(value), sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=True)
    return text.removesuffix("...\n").strip()


def plain(value: Any) -> Any:
    """`value` in lists, dictionaries, texts and numbers."""
    if isinstance(value, Struct):
        return _settings(value)
    if isinstance(value, Mapping):
        found = cast("Mapping[Any, Any]", value)
        return {str(key): plain(each) for key, each in found.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _list(value)
    return _scalar(value)


def write_duration(value: Duration) -> str:
    """The shortest exact way to write it: `1m30s` is not one, `90s` is."""
    seconds = Decimal(repr(float(value)))
    for unit, size in _DURATIONS:
        if seconds >= size and seconds % size == 0:
            return f"{int(seconds) // size}{unit}"
    milliseconds = seconds * 1000
    return f"{milliseconds.normalize():f}ms" if seconds else "0s"


def write_size(value: Size) -> str:
    """The shortest exact way to write it."""
    for unit, size in _SIZES:
        if value and value % size == 0:
            return f"{value // size}{unit}"
    return str(int(value))


def _settings(value: Struct) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": name_of(type(value))} if isinstance(value, Kind) else {}
    for key, field in shape.fields(type(value)).items():
        own = getattr(value, field.name)
        if field.required or own != field.default:
            shown[key] = plain(own)
    return shown


def _list(value: Any) -> list[Any]:
    items = [plain(each) for each in value]
    return sorted(items, key=str) if isinstance(value, set | frozenset) else items


def _scalar(value: Any) -> Any:  # noqa: PLR0911 - one line per type is the point
    if isinstance(value, Secret):
        return "•••"
    if isinstance(value, Duration):
        return write_duration(value)
    if isinstance(value, Size):
        return write_size(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value).replace("${", "$${")

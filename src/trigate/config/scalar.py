"""What a single text means: decided by the type it is read into, never by its looks, so that `no` stays a text."""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from trigate.config.shape import Hint, describe
from trigate.core.settings import Secret

_WHOLE = re.compile(r"[-+]?(?:0|[1-9](?:_?[0-9])*)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_LONGEST_NUMBER = 40


def read_scalar(text: str, hint: Hint) -> Any:
    """`text` as a value of the type; raises ValueError with a message for the operator."""
    if get_origin(hint) is Literal:
        return _read_literal(text, hint)
    reader = _READERS.get(hint)
    if reader is not None:
        return reader(text)
    parse = getattr(hint, "parse", None)
    if parse is not None:
        return parse(text)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _read_enum(text, hint)
    raise ValueError(f"expected {describe(hint)}")


def is_scalar(hint: Hint) -> bool:
    """Whether values of the type are written as a single text."""
    return get_origin(hint) is Literal or hint in _READERS or hasattr(hint, "parse") or _is_enum(hint)


def read_untyped(text: str, plain: bool) -> Any:
    """What a text means where any value will do: the core schema of YAML 1.2 (§10.3.2), without its octals."""
    if not plain:
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    for hint in (bool, int, float):
        try:
            return read_scalar(text, hint)
        except ValueError:
            continue
    return text


def _read_bool(text: str) -> bool:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(f"{_shown(text)} is not a truth value; write true or false")
    return lowered == "true"


def _read_whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or not _WHOLE.fullmatch(text):
        hint = " without leading zeros" if text.lstrip("+-").startswith("0") else ""
        raise ValueError(f"{_shown(text)} is not a whole number{hint}")
    return int(text)


def _read_number(text: str) -> float:
    number = float(_read_decimal(text))
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{_shown(text)} is too large")
    return number


def _read_decimal(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise ValueError(f"{_shown(text)} is not a number")
    return Decimal(text)


def _read_null(text: str) -> None:
    raise ValueError(f"expected null, not {_shown(text)}")


def _read_literal(text: str, hint: Hint) -> Any:
    choices = get_args(hint)
    for choice in choices:
        written = str(choice).lower() if isinstance(choice, bool) else str(choice)
        if text == written:
            return choice
    raise ValueError(f"{_shown(text)} is not {describe(hint)}")


def _is_enum(hint: Hint) -> bool:
    return isinstance(hint, type) and issubclass(hint, Enum)


def _read_enum(text: str, hint: type[Enum]) -> Enum:
    for member in hint:
        if text == str(member.value):
            return member
    raise ValueError(f"{_shown(text)} is not one of {', '.join(str(each.value) for each in hint)}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")


_READERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    bool: _read_bool,
    int: _read_whole,
    float: _read_number,
    Decimal: _read_decimal,
    Secret: Secret,
    NoneType: _read_null,
}

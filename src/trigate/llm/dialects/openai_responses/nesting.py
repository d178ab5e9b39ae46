"""Members left over of an object inside another: kept beside the others, by their path, and put back in their place."""

from collections.abc import Iterable
from typing import Any

NESTED = ("text.", "input_audio.", "prompt_cache_breakpoint.")
"""Beginnings of such paths."""


def flatten(name: str, rest: dict[str, Any]) -> dict[str, Any]:
    """What is left of the object `name`, each by its path."""
    return {f"{name}.{member}": value for member, value in rest.items()}


def put_back(body: dict[str, Any], extra: dict[str, Any], without: Iterable[str] = ()) -> None:
    """Write leftovers into the body they came from, inside of its objects where they stood there."""
    for name, value in extra.items():
        if name in without:
            continue
        if not name.startswith(NESTED):
            body[name] = value
            continue
        outer, _, inner = name.partition(".")
        body.setdefault(outer, {})[inner] = value

"""JSON values of which one kind alone is wanted; of any other there is nothing."""

from typing import Any, cast


def text_of(value: Any) -> str:
    """A string; empty if it is none."""
    return value if type(value) is str else ""


def list_of(value: Any) -> list[Any]:
    """A list; empty if it is none."""
    return cast("list[Any]", value) if type(value) is list else []


def object_of(value: Any) -> dict[str, Any]:
    """An object; empty if it is none."""
    return cast("dict[str, Any]", value) if type(value) is dict else {}

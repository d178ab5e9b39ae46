"""Members deep inside of what somebody sent, where nobody says that they are there."""

from typing import Any, cast


def told(value: object, *names: str) -> Any:
    """The member found by these names, one in the other; None as soon as one is not there."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = cast("dict[str, object]", value).get(name)
    return value


def count_told(value: object, *names: str) -> int | None:
    """The same for a whole number; some write it with a point."""
    found = told(value, *names)
    return int(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def objects_told(value: object, *names: str) -> list[dict[str, Any]]:
    """The same for a list of objects; empty if it is none, or something else stands in it."""
    found = told(value, *names)
    each = cast("list[object]", found) if isinstance(found, list) else []
    return cast("list[dict[str, Any]]", each) if all(isinstance(one, dict) for one in each) else []

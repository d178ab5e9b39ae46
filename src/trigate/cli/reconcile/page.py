"""Looking into JSON of which nobody has promised anything."""

from typing import Any, cast


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; nothing if it is none."""
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", each) for each in listed if isinstance(each, dict)]


def object_of(value: Any) -> dict[str, Any]:
    """An object, an empty one in place of anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

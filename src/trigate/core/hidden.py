"""The secrets in settings, wherever they stand."""

from collections.abc import Iterable, Iterator
from typing import cast

from msgspec import Struct

from trigate.core.settings import Secret


def hidden(value: object) -> Iterator[str]:
    """Every secret within a value; they must be shown to nobody."""
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from hidden(getattr(value, name))
    elif isinstance(value, dict):
        for each in cast("dict[object, object]", value).values():
            yield from hidden(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in cast("Iterable[object]", value):
            yield from hidden(each)

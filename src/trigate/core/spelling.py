"""Settings as one text: the same for equal settings in every process, secrets spelled by what they hide."""

from collections.abc import Iterable
from typing import cast

from msgspec import Struct

from trigate.core.settings import Secret


def spell(value: object) -> str:
    """For digests under a secret key, and for nothing else: what it says must be seen by nobody."""
    if isinstance(value, Secret):
        return f"Secret({value.reveal()!r})"
    if isinstance(value, Struct):
        fields = (f"{name}={spell(getattr(value, name))}" for name in value.__struct_fields__)
        return f"{type(value).__module__}.{type(value).__qualname__}({','.join(fields)})"
    if isinstance(value, dict):
        items = cast("dict[object, object]", value).items()
        return "{" + ",".join(sorted(f"{spell(key)}:{spell(each)}" for key, each in items)) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ",".join(sorted(map(spell, cast("Iterable[object]", value)))) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(spell, cast("Iterable[object]", value))) + "]"
    return f"{type(value).__name__}:{value!r}"

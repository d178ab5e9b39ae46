"""What every part of the dialect knows: its name, its maker of signatures, and how members are put together."""

from typing import Any, cast

from trigate.llm.conversation import Extra

NAME = "anthropic_messages"
MAKER = "anthropic"
JSON = dict[str, Any]
_NESTED = ("cache_control", "source", "citations")


def blanks(value: JSON, nested: tuple[str, ...] = _NESTED) -> Extra:
    """Members that say nothing (null, false, 0, or empty), which the middle form does not tell from missing ones."""
    form: Extra = {name: each for name, each in value.items() if not each}
    for name in nested:
        inner = value.get(name)
        if type(inner) is dict and (found := blanks(cast(JSON, inner), ())):
            form[name] = found
    return form


def unite(*layers: JSON) -> JSON:
    """One object of several; where two say the same, the later counts, and objects are united in turn."""
    united: JSON = {}
    for layer in layers:
        for name, value in layer.items():
            before = united.get(name)
            both = type(before) is dict and type(value) is dict
            united[name] = unite(cast(JSON, before), cast(JSON, value)) if both else value
    return united

"""One version of a prompt with its variables filled in: texts are data, and what was filled in is never read again."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from trigate.llm.error import InvalidParameter
from trigate.llm.prompt_settings import PLACE, PromptVersion

_SHOWN = 64


class Filled:
    """The texts of one version, as one ask gets them."""

    __slots__ = ("system", "turns")

    def __init__(self, version: PromptVersion, values: Mapping[str, str]) -> None:
        """`values` has all variables."""
        fill: Callable[[str], str] = lambda text: PLACE.sub(lambda place: values[place[1]], text)  # noqa: E731
        self.system = fill(version.system)
        self.turns: list[tuple[str, str]] = [(each.role, fill(each.content)) for each in version.messages]


def read_values(version: PromptVersion, given: Mapping[str, Any], member: str) -> dict[str, str]:
    """The value of each variable: what was given in the body's `member`, else the default; raises InvalidParameter."""
    for name in given:
        if name not in version.variables:
            raise InvalidParameter(f"the prompt has no variable {name[:_SHOWN]!r}", f"{member}.{name[:_SHOWN]}")
    values: dict[str, str] = {}
    for name, variable in version.variables.items():
        place = f"{member}.{name}"
        value = _text(given[name], place) if name in given else variable.default
        if value is None:
            raise InvalidParameter(f"the prompt needs the variable {name!r}", place)
        if len(value) > variable.longest:
            raise InvalidParameter(f"{name!r} has at most {variable.longest} characters", place)
        if variable.allowed and value not in variable.allowed:
            raise InvalidParameter(f"{name!r} is one of {', '.join(variable.allowed)[:500]}", place)
        values[name] = value
    return values


def _text(value: Any, place: str) -> str:
    """A value as text: a text itself, a number or a flag, `{"type": "input_text", "text": …}` or `{"text": …}`."""
    if isinstance(value, dict):
        value = cast("dict[str, Any]", value).get("text")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise InvalidParameter("the value of a variable is a text, a number or a flag", place)

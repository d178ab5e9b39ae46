"""One JSON object of a body while it is read: typed access by name, and what was not asked for in the end."""

from collections.abc import Callable
from typing import Any, NoReturn, cast

from trigate.core.errors import GatewayError, UpstreamProtocolError
from trigate.llm.error import InvalidParameter

Fault = Callable[[str, str], GatewayError]
"""Makes an error of a message and the path of the member that is wrong."""


def blame_caller(message: str, path: str) -> GatewayError:
    """For what callers send."""
    return InvalidParameter(message, path)


def blame_provider(message: str, path: str) -> GatewayError:
    """For what providers answer."""
    return UpstreamProtocolError(f"the provider's answer cannot be understood: {message}")


class Node:
    """Members are taken one by one, and null is the same as nothing; what is left is `rest()`.

    Every method raises the error that `fault` makes if a member is of another kind.
    """

    __slots__ = ("_above", "_fault", "_left", "_name", "_place")

    def __init__(self, value: Any, fault: Fault, name: str = "", above: "Node | None" = None, place: int = -1) -> None:
        """`name` is the object's own, such as `messages`, in the one `above` it, if there is one, or its whole path;
        empty for the whole body. `place` is that in a list of this name."""
        self._fault = fault
        self._name = name
        self._above = above
        self._place = place
        if type(value) is not dict:
            raise fault(f"`{self.path or 'the body'}` must be an object", self.path)
        self._left: dict[str, Any] = dict(value)  # type: ignore[reportUnknownArgumentType] - JSON

    @property
    def path(self) -> str:
        """Where it stands, such as `messages[0]`; put together when it is asked for: when something is wrong."""
        path = self._name if self._above is None else self._above.under(self._name)
        return path if self._place < 0 else f"{path}[{self._place}]"

    def under(self, name: str) -> str:
        """The path of a member."""
        path = self.path
        return f"{path}.{name}" if path else name

    def rest(self) -> dict[str, Any]:
        """What nobody took."""
        return self._left

    def take(self, name: str) -> Any:
        """A member of any kind; None if there is none."""
        return self._left.pop(name, None)

    def text(self, name: str, default: str = "") -> str:
        """A string."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        return value if type(value) is str else self.refuse(name, "a text")

    def need_text(self, name: str) -> str:
        """A string that must be there."""
        value = self._left.pop(name, None)
        return value if type(value) is str else self.refuse(name, "a text")

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self._left.pop(name, None)
        return value if value is None or type(value) is bool else self.refuse(name, "true or false")

    def integer(self, name: str) -> int | None:
        """A whole number, also one written as `1.0`."""
        value = self._left.pop(name, None)
        if value is None or type(value) is int:
            return value
        return int(value) if type(value) is float and value.is_integer() else self.refuse(name, "a whole number")

    def number(self, name: str) -> float | None:
        """A number; an integer stays one."""
        value = self._left.pop(name, None)
        return value if value is None or type(value) in (int, float) else self.refuse(name, "a number")

    def items(self, name: str) -> list[Any]:
        """A list; empty if there is none."""
        value = self._left.pop(name, None)
        if value is None:
            return []
        return cast("list[Any]", value) if type(value) is list else self.refuse(name, "a list")

    def texts(self, name: str) -> list[str]:
        """A list of strings."""
        values = self.items(name)
        return (
            values if not values or all(type(each) is str for each in values) else self.refuse(name, "a list of texts")
        )

    def object(self, name: str) -> dict[str, Any] | None:
        """An object as it is."""
        value = self._left.pop(name, None)
        if value is None or type(value) is dict:
            return cast("dict[str, Any] | None", value)
        self.refuse(name, "an object")

    def node(self, name: str) -> "Node | None":
        """An object to be read in turn."""
        value = self._left.pop(name, None)
        return None if value is None else Node(value, self._fault, name, self)

    def nodes(self, name: str) -> "list[Node]":
        """A list of objects to be read in turn."""
        values = self.items(name)
        if not values:
            return []
        return [Node(each, self._fault, name, self, place) for place, each in enumerate(values)]

    def refuse(self, name: str, wanted: str) -> NoReturn:
        """Raise the error that a member is not what it must be."""
        path = self.under(name)
        raise self._fault(f"`{path}` must be {wanted}", path)

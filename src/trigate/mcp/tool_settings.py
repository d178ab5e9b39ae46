"""How a tool is shown other than its server shows it: its name, its words, its arguments."""

import re
from typing import Any

from trigate.core.settings import Settings
from trigate.mcp.care_settings import Results

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PATH = re.compile(r"[^.]+(?:\.[^.]+)*")


class Argument(Settings):
    """One argument of a tool; with nothing said it is as the server has it."""

    fixed: Any = None
    """The value that every call has; callers neither see the argument nor can they set it."""
    default: Any = None
    """The value of calls that do not set it; callers see that it may be left out."""
    hide: bool = False
    """Callers neither see the argument nor can they set it; the server is not sent it."""
    description: str = ""
    """What callers read about it, in place of the server's words."""

    def __post_init__(self) -> None:
        if (self.fixed is not None) + (self.default is not None) + self.hide > 1:
            raise ValueError("an argument is either `fixed`, has a `default`, or is hidden")

    @property
    def removed(self) -> bool:
        """Whether callers do not see it."""
        return self.hide or self.fixed is not None


class Tool(Settings):
    """A tool as it is shown; policies and records call it by its server's own name all the same."""

    rename: str = ""
    """The name it is shown under, behind the prefix if there is one."""
    title: str = ""
    """What people read as its name, in place of the server's words."""
    description: str = ""
    """What models read about it, in place of the server's words."""
    arguments: dict[str, Argument] = {}
    """Arguments by name; one within another by its path, such as `options.depth`."""
    results: Results | None = None
    """What becomes of its results that are too large; by default as the server says."""

    def __post_init__(self) -> None:
        if self.rename and (not _PLAIN.fullmatch(self.rename) or "__" in self.rename):
            raise ValueError("`rename` has 1 to 64 of A-Z a-z 0-9 _ -, and no `__` in it")
        for path in self.arguments:
            if not _PATH.fullmatch(path):
                raise ValueError(f"{path!r} is not the name of an argument, nor a path such as `options.depth`")

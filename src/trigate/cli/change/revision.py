"""A file as it is and as it shall be: the difference without secrets, and the writing with a copy of the old text."""

import difflib
import os
import re
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from trigate.config.server_list import is_secret
from trigate.core.errors import BadConfig

_LARGEST = 16 * 2**20
_QUOTED = re.compile(r"""(["'])(?P<text>(?:(?!\1)[^\\]|\\.)*)\1""")
_NAMED = re.compile(r"""["']?([A-Za-z0-9_.-]+)["']?\s*[:=]\s*(?:["']|$)""")
_OF_VARIABLES = ("_var", "_vars", "_keys")
"""Ends of keys whose values are the names of variables, such as Codex's `bearer_token_env_var`."""
_HIDDEN = "•••"


class Revision(Struct, frozen=True):
    """One file."""

    path: Path
    before: str
    after: str
    existed: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return self.before == self.after

    def difference(self) -> str:
        """Unified, with little around it, and without what looks like a secret."""
        name = str(self.path)
        lines = difflib.unified_diff(
            self.before.splitlines(),
            self.after.splitlines(),
            name if self.existed else "/dev/null",
            name,
            n=2,
            lineterm="",
        )
        return "\n".join(_struck(line) for line in lines)

    def write(self, now: int) -> Path | None:
        """Put the new text in place at once; the place of the old one, None if there was none.

        `now`, in nanoseconds since the epoch, names the copy.
        Raises BadConfig if somebody else has changed the file since it was read, and OSError.
        """
        target = self.path.resolve()  # a link stays one
        if read_text(target)[0] != self.before:
            raise BadConfig(f"{self.path} has just been changed by somebody else; nothing is written")
        target.parent.mkdir(parents=True, exist_ok=True)
        backup = None
        mode = 0o600
        if self.existed:
            mode = stat.S_IMODE(target.stat().st_mode)
            moment = datetime.fromtimestamp(now / 1e9, UTC)
            backup = target.with_name(f"{target.name}.before-trigate-{moment:%Y%m%dT%H%M%S%f}")
            _place(backup, self.before, mode)
        _place(target, self.after, mode)
        return backup


def read_text(path: Path) -> tuple[str, bool]:
    """The text of a file, empty if there is none; raises BadConfig."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return "", False
    except OSError as error:
        raise BadConfig(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise BadConfig(f"{path} is larger than {_LARGEST} bytes")
    try:
        return data.decode("utf-8"), True
    except UnicodeDecodeError:
        raise BadConfig(f"{path} is not UTF-8 text") from None


def _place(path: Path, text: str, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _struck(line: str) -> str:
    """A line whose quoted texts are hidden if they look like secrets, or belong to a key that names one."""
    named = _NAMED.search(line)
    name = "" if named is None or named[1].lower().endswith(_OF_VARIABLES) else named[1]

    def shown(found: re.Match[str]) -> str:
        text = found["text"]
        is_key = line[found.end() :].lstrip().startswith((":", "="))
        return found[0] if is_key or not is_secret(name, text) else f"{found[1]}{_HIDDEN}{found[1]}"

    return _QUOTED.sub(shown, line)

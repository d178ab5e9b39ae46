"""Names that every client takes: short and plain, and never the same for two things."""

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b

LONGEST = 64
"""Letters that every model's API takes."""
_DIGITS = 10
_TAIL = _DIGITS + 1
_unfit = re.compile(r"[^A-Za-z0-9_-]")
_coded = re.compile(rf".*_[0-9a-f]{{{_DIGITS}}}", re.DOTALL).fullmatch


def shown_name(prefix: str, own: str, longest: int = LONGEST, *, taken: bool = False) -> str:
    """The name under which a thing called `own` is shown: a function of this alone, whatever else there is.

    What is too long, has letters that clients refuse, or is `taken`, ends in a digest of the whole name; so does what
    looks as if it did, so that two names never become one.
    """
    if not (taken or len(prefix) + len(own) > longest or _unfit.search(own) or is_coded(own)):
        return prefix + own
    room = max(0, longest - len(prefix) - _TAIL)
    whole = own + "\0" if taken else own
    digest = blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=_DIGITS // 2).hexdigest()
    return f"{prefix}{_unfit.sub('_', own)[:room]}_{digest}"


def is_coded(name: str) -> bool:
    """Whether a name ends in a digest, and only a table says what it stands for."""
    return _coded(name) is not None


def table(names: Iterable[str], show: Callable[[str], str]) -> dict[str, str]:
    """What shown names stand for that do not say it themselves; of two alike the first."""
    found: dict[str, str] = {}
    for own in names:
        shown = show(own)
        if is_coded(shown):
            found.setdefault(shown, own)
    return found

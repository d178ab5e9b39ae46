"""What is kept of asks and answers themselves."""

import re
from decimal import Decimal

from trigate.core.settings import Duration, Settings, Size

NAMED = ("email", "phone", "card", "iban", "ip")
"""What `redact` knows by name."""
LARGEST = 2**20
_MEMBER = re.compile(r"[^.\s]+(?:\.[^.\s]+)*").fullmatch


class LogSettings(Settings):
    """Keeps asks and answers, sealed, in the store; without this key nothing of them is kept."""

    share: Decimal = Decimal(1)
    """Of all calls that fit, how many are kept, from 0 to 1. Which ones follows from the call's id."""
    models: tuple[str, ...] = ("*",)
    """Only of these models, by the names that callers use; globs."""
    teams: tuple[str, ...] = ("*",)
    """Only of callers of these teams; globs."""
    keys: tuple[str, ...] = ("*",)
    """Only of these keys; globs."""
    redact: list[str] = []
    """What is struck out besides secrets: `email`, `phone`, `card`, `iban`, `ip`, or a regular expression."""
    strike: list[str] = []
    """Members whose values are struck out, by their path in the body: `messages.*.content`, `metadata.patient`."""
    keep: Duration = Duration(7 * 86400)
    """How long they are kept."""
    largest: Size = Size(64 * 1024)
    """Most bytes of an ask, and of an answer; what is longer is cut off. At most 1MiB."""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError("share is a number from 0 to 1")
        if not 0 < self.largest <= LARGEST:
            raise ValueError("largest is at most 1MiB")
        if self.keep <= 0:
            raise ValueError("keep must be more than 0")
        for word in self.redact:
            _check_pattern(word)
        for path in self.strike:
            if not _MEMBER(path):
                raise ValueError(f"{path!r} is not the path of a member such as messages.*.content")


def _check_pattern(word: str) -> None:
    if word in NAMED:
        return
    try:
        pattern = re.compile(word)
    except re.error as error:
        raise ValueError(f"{word!r} is neither one of {', '.join(NAMED)} nor a regular expression: {error}") from None
    if pattern.search(""):
        raise ValueError(f"{word!r} fits the empty text, and so everything")

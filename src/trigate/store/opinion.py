"""What a caller says of a request, as it travels in the spool; nothing here needs SQL."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from trigate.core.surroundings import PRIVATE

MILLION = 10**6
"""Scores are whole millionths."""
LONGEST_LABEL = 64
LONGEST_COMMENT = 4000


class Opinion(Struct, frozen=True, kw_only=True):
    """One caller's word about one request; a later one of the same key takes its place."""

    private: Literal[True] = True
    kind: Literal["feedback"] = "feedback"
    request: Annotated[str, Meta(min_length=1, max_length=128)]
    """As the answer's `x-request-id` had it."""
    time: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    """Nanoseconds since the epoch."""
    key: str
    user: str = ""
    team: str = ""
    organisation: str = ""
    score: Annotated[int, Meta(ge=-100 * MILLION, le=100 * MILLION)] | None = None
    """In millionths."""
    label: Annotated[str, Meta(max_length=LONGEST_LABEL)] = ""
    comment: Annotated[str, Meta(max_length=LONGEST_COMMENT)] = ""


encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Opinion).decode
_NUL = b"\\u0000"


def read_opinions(records: Sequence[bytes]) -> list[Opinion]:
    """The opinions among records of all kinds; what is none is left out."""
    found: list[Opinion] = []
    for record in records:
        if record.startswith(PRIVATE):
            try:
                # PostgreSQL has no character for NUL
                found.append(_decode(record.replace(_NUL, b"\\ufffd")))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
    return found

"""An ask for embeddings, and its answer, in no provider's language."""

import base64
import sys
from array import array
from typing import Any, Literal, cast

from msgspec import Struct

from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses

Purpose = Literal["", "query", "document", "similarity", "classification", "clustering"]
"""What the vectors are for; some models make others for each."""


class EmbeddingAsk(Struct, kw_only=True):
    """Texts that are to become vectors."""

    texts: list[str]
    dimensions: int | None = None
    purpose: Purpose = ""
    truncates: bool | None = None
    """Whether a text that is too long is cut; None if it is not said."""
    packed: bool = False
    """The caller wants vectors as base64 of little-endian numbers of four bytes."""
    lost: list[str] = []
    """Members that only the caller's dialect knows."""


class EmbeddingReply(Struct, kw_only=True):
    """A vector for each text, in their order."""

    vectors: list[list[float]]
    model: str = ""
    id: str = ""


def texts_of(value: object, name: str) -> list[str]:
    """A text, or a list of them; raises InvalidParameter, and NotPortable for what is no text."""
    if isinstance(value, str):
        return [value]
    found: list[Any] = cast("list[Any]", value) if isinstance(value, list) else []
    if not found:
        raise InvalidParameter(f"`{name}` must be a text, or a list of texts", name)
    if not all(isinstance(each, str) for each in found):
        raise NotPortable(f"`{name}` has to be texts: tokens and images mean nothing to another provider's model")
    return found


def vectors_of(value: list[Any]) -> list[list[float]]:
    """Vectors as sent; raises TypeError or ValueError for what is none."""
    return [unpack(each) if isinstance(each, str) else [float(number) for number in each] for each in value]


def pack(vector: list[float]) -> str:
    """A vector as OpenAI's clients ask for it: numbers of four bytes, little-endian, in base64."""
    return base64.b64encode(_little(array("f", vector)).tobytes()).decode()


def unpack(packed: str) -> list[float]:
    """The reverse of `pack`; raises ValueError."""
    numbers = array("f")
    numbers.frombytes(base64.b64decode(packed, validate=True))
    return _little(numbers).tolist()


def tell_lost(ask: EmbeddingAsk, losses: Losses) -> None:
    """What no other dialect has a word for."""
    for name in ask.lost:
        losses.drop(name)


def whole_number(value: object, name: str) -> int | None:
    """A number above 0, or nothing; raises InvalidParameter."""
    if value is None:
        return None
    if type(value) is not int or value < 1:
        raise InvalidParameter(f"`{name}` must be a whole number above 0", name)
    return value


def _little(numbers: "array[float]") -> "array[float]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers

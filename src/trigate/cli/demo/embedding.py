"""The demo's embeddings: texts that share words lie near each other."""

import base64
import hashlib
import math
import re
import struct
from typing import Any, Literal

from msgspec import Struct

from trigate.cli.demo.model import Cost, count_tokens

DIMENSIONS = 64
_WORDS = re.compile(r"\w+")


class EmbeddingAsk(Struct):
    """As much of an embeddings request as the demo understands."""

    model: str
    input: str | list[str | int | list[int]]
    dimensions: int | None = None
    encoding_format: Literal["float", "base64"] | None = None

    def texts(self) -> list[str]:
        """What is to be embedded, token lists as texts of numbers."""
        given = self.input
        if isinstance(given, str):
            return [given]
        if given and isinstance(given[0], int):
            return [" ".join(map(str, given))]
        return [" ".join(map(str, each)) if isinstance(each, list) else str(each) for each in given]


def embed(ask: EmbeddingAsk) -> dict[str, Any]:
    """The whole answer."""
    texts = ask.texts()
    width = ask.dimensions or DIMENSIONS
    tokens = sum(map(count_tokens, texts))
    vectors = [_vector(text, width) for text in texts]
    packed = ask.encoding_format == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if packed else vector}
        for index, vector in enumerate(vectors)
    ]
    cost = Cost(tokens, 0, tokens)
    usage = {"prompt_tokens": cost.prompt_tokens, "total_tokens": cost.total_tokens}
    return {"object": "list", "data": data, "model": ask.model, "usage": usage}


def _vector(text: str, width: int) -> list[float]:
    """A unit vector: each word pushes one direction."""
    vector = [0.0] * width
    for word in _WORDS.findall(text.lower()) or [text]:
        digest = hashlib.sha256(word.encode()).digest()
        vector[int.from_bytes(digest[:8], "big") % width] += 1.0 if digest[8] & 1 else -1.0
    length = math.sqrt(sum(each * each for each in vector))
    return [each / length for each in vector] if length else [1.0, *vector[1:]]


def _packed(vector: list[float]) -> str:
    """Little-endian 32-bit floats in base64, as SDKs ask for by default."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()

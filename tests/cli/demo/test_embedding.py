"""Embeddings: unit vectors that are near where words are shared."""

import base64
import math
import struct
from typing import Any

import pytest

from tests.cli.demo.visit import Visit, visit
from trigate.cli.demo.provider import Provider


async def embed(**changes: Any) -> Visit:
    ask = {"model": "demo-embedding", "input": "a red apple", **changes}
    return await visit(Provider(), b"POST", b"/v1/embeddings", ask)


async def vectors(*texts: str) -> list[list[float]]:
    return [each["embedding"] for each in (await embed(input=list(texts))).json["data"]]


async def test_texts_that_share_words_are_nearer():
    apple, pear, stock = await vectors("a red apple", "a red pear", "shares fell sharply")
    assert math.isclose(math.hypot(*apple), 1)
    near = sum(a * b for a, b in zip(apple, pear, strict=True))
    far = sum(a * b for a, b in zip(apple, stock, strict=True))
    assert near > far


async def test_base64_holds_the_same_numbers():
    (plain,) = (await embed()).json["data"]
    (packed,) = (await embed(encoding_format="base64")).json["data"]
    numbers = struct.unpack("<64f", base64.b64decode(packed["embedding"]))
    assert numbers == pytest.approx(plain["embedding"])


@pytest.mark.parametrize(
    ("given", "count"), [("one", 1), (["one", "two"], 2), ([1, 2, 3], 1), ([[1], [2, 3]], 2), ([], 0)]
)
async def test_every_form_of_input_is_taken(given: object, count: int):
    assert len((await embed(input=given)).json["data"]) == count


async def test_dimensions_and_tokens_are_as_asked():
    answer = (await embed(dimensions=8)).json
    assert len(answer["data"][0]["embedding"]) == 8
    assert answer["usage"] == {"prompt_tokens": 3, "total_tokens": 3}


@pytest.mark.parametrize(
    "changes", [{"dimensions": 0}, {"dimensions": 10**9}, {"input": {}}, {"encoding_format": "hex"}]
)
async def test_what_cannot_be_is_refused(changes: dict[str, Any]):
    assert (await embed(**changes)).status == 400


async def test_even_a_text_without_words_has_a_direction():
    (vector,) = await vectors("")
    assert math.isclose(math.hypot(*vector), 1)

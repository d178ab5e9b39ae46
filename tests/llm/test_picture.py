"""What callers want of pictures."""

import json
from typing import Any

import pytest

from trigate.llm.error import InvalidParameter, NotPortable
from trigate.llm.loss import Losses
from trigate.llm.operation import Address
from trigate.llm.operations.openai_images import GENERATE
from trigate.llm.picture import Picture, PictureAsk, read_pictures_ask, shape_of, write_pictures


def read(**said: Any) -> PictureAsk:
    body = json.dumps({"model": "m", "prompt": "a cat", **said}).encode()
    return read_pictures_ask(GENERATE.decode(body, Address(GENERATE)))


def test_all_that_is_asked_for_is_read():
    ask = read(
        n=3, size="1536x1024", output_format="jpeg", output_compression=80, quality="high", user=None, style="vivid"
    )
    assert (ask.count, ask.size, ask.format, ask.compression) == (3, (1536, 1024), "jpeg", 80)
    assert ask.lost == ["quality", "style"]
    assert read(size="auto").size is None


@pytest.mark.parametrize(
    "said", [{"prompt": ""}, {"size": "big"}, {"size": "1x1"}, {"size": "00x64"}, {"n": 0}, {"size": 5}]
)
def test_what_cannot_be_meant_is_refused(said: dict[str, Any]):
    with pytest.raises(InvalidParameter):
        read(**said)


def test_a_stream_is_for_openais_providers_alone():
    with pytest.raises(NotPortable):
        read(stream=True)


@pytest.mark.parametrize(
    ("size", "shape", "lost"),
    [
        ((1024, 1024), "1:1", False),
        ((1536, 1024), "4:3", True),
        ((1920, 1080), "16:9", False),
        ((10, 90), "9:16", True),
    ],
)
def test_the_nearest_shape_is_taken_and_told(size: tuple[int, int], shape: str, lost: bool):
    losses = Losses()
    assert shape_of(size, ("1:1", "3:4", "4:3", "9:16", "16:9"), losses) == shape
    assert bool(losses) == lost


def test_the_answer_says_in_which_form_the_pictures_are():
    told = json.loads(write_pictures([Picture("QQ==", "image/jpeg")], 5, None))
    assert told == {"created": 5, "data": [{"b64_json": "QQ=="}], "output_format": "jpeg"}

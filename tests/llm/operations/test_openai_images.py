"""Images: read, bounded, counted by tokens or by the piece."""

from decimal import Decimal

import pytest

from tests.llm.scene import Scene, answers, settings, streams
from trigate.core.parts import Headers
from trigate.llm.extent import MediaBounds
from trigate.llm.form import Field, read_form, write_form
from trigate.llm.operations.openai_images import EDIT, GENERATE
from trigate.llm.price_settings import PriceSettings
from trigate.llm.settings import LlmSettings, Model

PATH = b"/v1/images/generations"
ASK = {"model": "painter", "prompt": "a cat", "n": 2}
TOKENS = {"input_tokens": 10, "output_tokens": 100, "total_tokens": 110, "input_tokens_details": {"text_tokens": 10}}
FORM: Headers = [(b"content-type", b"multipart/form-data; boundary=b")]
MADE = b'data: {"type":"image_generation.completed","usage":{"input_tokens":1,"output_tokens":9}}\n\n'
SKETCH = b'data: {"type":"image_generation.partial_image","b64_json":"' + b"A" * 3000 + b'"}\n\n'


def priced(price: PriceSettings | None) -> LlmSettings:
    return settings(models={"painter": Model(targets="openai/dall-e-3", price=price)})


async def test_the_pieces_are_billed_where_they_have_a_price():
    by_piece = priced(PriceSettings(input=Decimal(0), image=Decimal("0.04")))
    scene = await Scene(answers({"created": 1, "data": [{"url": "u"}, {"url": "v"}]}), llm=by_piece).ask(ASK, PATH)
    assert scene.upstream == {**ASK, "model": "dall-e-3"}
    assert scene.usage.units == {"images": 2}
    assert (scene.usage.cost, scene.usage.unpriced) == (80_000_000, False)
    assert scene.record["action"] == "llm.images.generate"


async def test_tokens_are_billed_where_the_provider_counts_them():
    by_token = priced(PriceSettings(input=Decimal(5), output=Decimal(40)))
    scene = await Scene(answers({"data": [{"b64_json": "A"}], "usage": TOKENS}), llm=by_token).ask(ASK, PATH)
    assert (scene.usage.cost, scene.usage.unpriced) == (10 * 5000 + 100 * 40000, False)
    scene = await Scene(answers({"data": [{"b64_json": "A"}]}), llm=by_token).ask(ASK, PATH)
    assert scene.usage.unpriced


async def test_images_that_are_sent_have_a_price_of_their_own():
    price = PriceSettings(input=Decimal(5), image_input=Decimal(10), output=Decimal(40))
    usage = {"input_tokens": 10, "output_tokens": 1, "input_tokens_details": {"text_tokens": 4, "image_tokens": 6}}
    scene = await Scene(answers({"data": [{"b64_json": "A"}], "usage": usage}), llm=priced(price)).ask(ASK, PATH)
    assert scene.usage.cost == 4 * 5000 + 6 * 10_000 + 40_000


async def test_a_stream_of_sketches_goes_through_whole():
    by_token = priced(PriceSettings(input=Decimal(5), output=Decimal(40)))
    scene = await Scene(streams(SKETCH, MADE), llm=by_token).ask({**ASK, "n": 1, "stream": True}, PATH)
    assert scene.body == SKETCH + MADE
    assert (scene.usage.output_tokens, scene.usage.units) == (9, {"images": 1})


async def test_an_edit_comes_as_a_form_and_goes_on_as_one():
    fields = [
        Field("model", b"painter"),
        Field("prompt", b"a hat"),
        Field("image[]", b"\x89PNG\r\n", "a.png", b"image/png"),
        Field("image[]", b"\x89PNG\r\n2", "b.png", b"image/png"),
    ]
    scene = Scene(answers({"data": [{"b64_json": "A"}]}), llm=priced(None))
    await scene.ask(write_form(fields, b"b"), b"/v1/images/edits", headers=FORM)
    _, target, headers, body = scene.client.sent[-1]
    assert (scene.status, target) == (200, b"/v1/images/edits")
    assert headers[b"content-type"] == b'multipart/form-data; boundary="b"'
    assert read_form(body, b"b", EDIT.known, EDIT.repeatable) == [Field("model", b"dall-e-3"), *fields[1:]]
    assert scene.record["action"] == "llm.images.edit"


async def test_an_edit_may_also_come_as_json():
    ask = {"model": "painter", "prompt": "a hat", "images": [{"image_url": "data:x"}]}
    scene = await Scene(answers({"data": []}), llm=priced(None)).ask(ask, b"/v1/images/edits")
    assert scene.upstream == {**ask, "model": "dall-e-3"}


def test_the_most_is_reserved():
    media = MediaBounds()
    ask = GENERATE.decode(b'{"model":"m","prompt":"p","n":3}')
    assert GENERATE.burden(ask, media).output == 3 * media.image
    edit = EDIT.decode(b'{"model":"m","prompt":"p","images":[{"file_id":"f"},{"file_id":"g"}]}')
    assert edit.extent(media).most > 2 * media.image


@pytest.mark.parametrize("body", [b'{"model":"m","n":0}', b'{"model":"m","n":1000}', b'{"prompt":"x"}'])
async def test_what_cannot_be_counted_is_refused(body: bytes):
    assert (await Scene().ask(body, PATH)).status == 400

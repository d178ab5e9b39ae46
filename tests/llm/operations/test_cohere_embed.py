"""What is understood of an ask for embeddings in Cohere's language."""

import pytest

from trigate.llm.extent import MediaBounds
from trigate.llm.operations.cohere_embed import OPERATION
from trigate.llm.reply import Tally


def test_images_count_as_the_settings_say():
    ask = OPERATION.decode(b'{"model":"m","images":["data:image/png;base64,AA"],"input_type":"image"}')
    assert ask.extent(MediaBounds()).most > MediaBounds().image


@pytest.mark.parametrize(
    ("body", "tally"),
    [
        (b'{"meta":{"billed_units":{"input_tokens":3,"image_tokens":4}}}', Tally(input=7)),
        (b'{"meta":{"billed_units":{"images":1}}}', None),
        (b'{"meta":{"billed_units":{"input_tokens":-3}}}', None),
        (b"{}", None),
        (b"x", None),
    ],
)
def test_the_bill_is_read(body: bytes, tally: Tally | None):
    assert OPERATION.read_tally(OPERATION.decode(b'{"model":"m"}'), body) == tally

"""What is understood of an ask for embeddings in Google's language."""

import msgspec
import pytest
from msgspec import Raw

from trigate.llm.error import InvalidParameter
from trigate.llm.operation import Address
from trigate.llm.operations.gemini_embed import BATCH, ONE
from trigate.llm.reply import Tally

ASKED = Raw(b'"asked"')


def test_every_model_in_the_body_is_the_targets():
    ask = BATCH.decode(b'{"requests":[{"model":"models/a","content":{}},{"content":{}}]}', Address(BATCH, "m"))
    said = msgspec.json.decode(ask.write(ASKED, counts_streams=True))
    assert [each["model"] for each in said["requests"]] == ["models/asked", "models/asked"]
    one = ONE.decode(b'{"model":"models/a","content":{}}', Address(ONE, "m"))
    assert msgspec.json.decode(one.write(ASKED, counts_streams=True)) == {"model": "models/asked", "content": {}}
    bare = ONE.decode(b'{"content":{}}', Address(ONE, "m"))
    assert bare.write(ASKED, counts_streams=True) == b'{"content":{}}'


@pytest.mark.parametrize("requests", [b"{}", b"[1]", b'[{"model":"a","model":"b"}]', b'[{"Model":"a"}]'])
def test_what_can_be_read_in_two_ways_is_refused(requests: bytes):
    ask = BATCH.decode(b'{"requests":%b}' % requests, Address(BATCH, "m"))
    with pytest.raises(InvalidParameter):
        ask.write(ASKED, counts_streams=True)


def test_the_count_is_read_where_it_is_told():
    ask = ONE.decode(b"{}", Address(ONE, "m"))
    assert ONE.read_tally(ask, b'{"usageMetadata":{"promptTokenCount":3}}') == Tally(input=3)
    for body in (b"{}", b"x", b'{"usageMetadata":{"promptTokenCount":-1}}', b"[]"):
        assert ONE.read_tally(ask, body) is None

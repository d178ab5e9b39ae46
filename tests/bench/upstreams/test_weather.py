"""Each era says what its servers say, and nothing of the other."""

import json

import pytest

from bench.upstreams.weather import NEWER, OLDER, Era


@pytest.mark.parametrize(
    ("results", "knows", "other"), [(NEWER, "server/discover", "initialize"), (OLDER, "initialize", "server/discover")]
)
def test_an_era_knows_its_own_greeting(results: dict[str, object], knows: str, other: str) -> None:
    era = Era(results)
    for method, status in ((knows, 200), (other, 404)):
        reply = era.reply(json.dumps({"id": 1, "method": method}).encode())
        assert reply is not None
        assert reply.status == status


def test_only_the_newer_era_says_that_a_result_is_complete() -> None:
    call = b'{"id":"a","method":"tools/call","params":{"name":"forecast"}}'
    newer, older = Era(NEWER).reply(call), Era(OLDER).reply(call)
    assert newer is not None
    assert older is not None
    assert "resultType" in json.loads(newer.message)["result"]
    assert "resultType" not in json.loads(older.message)["result"]

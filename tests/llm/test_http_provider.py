"""What providers with a key in a header field have in common."""

import pytest

from trigate.core.settings import Secret
from trigate.llm.http_provider import HttpProvider
from trigate.llm.provider import PATIENT
from trigate.outbound.credentials.token_exchange import TokenExchange

URL = "http://127.0.0.1:1"


def test_the_key_travels_as_bearer_and_further_fields_beside_it() -> None:
    provider = HttpProvider(base_url=URL + "/", api_key=Secret("k"), headers={"X-One": Secret("1")})
    assert provider.origin() == URL
    assert provider.credentials() == [(b"x-one", b"1"), (b"authorization", b"Bearer k")]
    assert provider.public_fields() == []
    assert provider.counts_streams()
    assert provider.patience() is PATIENT
    assert provider.habits() == frozenset()


def test_without_a_key_nothing_is_sent() -> None:
    assert HttpProvider(base_url=URL).credentials() == []


@pytest.mark.parametrize("fields", [{"base_url": ""}, {"base_url": "x"}, {"headers": {"authorization": Secret("x")}}])
def test_contradictions_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        HttpProvider(**{"base_url": URL, "api_key": Secret("k"), **fields})  # type: ignore[arg-type]


def test_a_credential_of_each_caller_is_for_tool_servers() -> None:
    exchange = TokenExchange(token_url=URL, audience="a")
    with pytest.raises(ValueError, match="tool servers"):
        HttpProvider(base_url=URL, credential=exchange)

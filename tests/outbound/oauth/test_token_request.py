"""What token endpoints say is understood, and what they say too much stays with them."""

import asyncio

import pytest

from tests.outbound.chaos import surroundings_of
from tests.outbound.oauth.authority import Authority, token
from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.outbound.client import Client
from trigate.outbound.oauth.client_identity import ClientIdentity
from trigate.outbound.oauth.reach import Reach
from trigate.outbound.oauth.token_request import Answer, Refused, ask_token, reason_of, take_back
from trigate.outbound.settings import OutboundSettings

ME = ClientIdentity("me")


async def asked(authority: Authority, *answers: tuple[int, object]) -> Answer:
    authority.documents["/token"] = list(answers)
    client = Client(OutboundSettings(), surroundings_of(asyncio.get_running_loop()))
    reach = Reach(client, authority.url)
    return await ask_token(reach, f"{authority.url}/token", authority.url, {"grant_type": "x", "scope": ""}, ME)


async def test_a_token_comes_with_its_life_and_nothing_empty_is_sent() -> None:
    async with Authority() as authority:
        found = await asked(authority, token("a1", "r1", scope="s", expires_in="60", odd=1))
        assert (found.access_token, found.refresh_token, found.scope, found.expires_in) == ("a1", "r1", "s", 60.0)
        assert authority.asked[0].form == {"grant_type": "x", "client_id": "me"}
        assert "a1" not in repr(found)


async def test_a_refusal_has_its_reason_and_not_what_was_told_beside_it() -> None:
    async with Authority() as authority:
        with pytest.raises(Refused) as caught:
            await asked(authority, (400, {"error": "invalid_grant", "error_description": "canary"}))
        assert caught.value.reason == "invalid_grant"
        assert "canary" not in caught.value.message


@pytest.mark.parametrize("answer", [(500, {}), (429, {}), (408, {}), (302, {}), (200, {}), (200, b"x")])
async def test_what_is_no_answer_is_not_a_refusal(answer: tuple[int, object]) -> None:
    async with Authority() as authority:
        with pytest.raises(UpstreamFailed) as caught:
            await asked(authority, answer)
        assert not isinstance(caught.value, CredentialFailed)


@pytest.mark.parametrize("text", ["a b", "a\r\nb", "", "ä"])
async def test_a_token_that_does_not_fit_into_a_field_is_refused(text: str) -> None:
    async with Authority() as authority:
        with pytest.raises(CredentialFailed, match="does not fit"):
            await asked(authority, token(text))


async def test_a_token_is_taken_back() -> None:
    async with Authority() as authority:
        client = Client(OutboundSettings(), surroundings_of(asyncio.get_running_loop()))
        reach = Reach(client, authority.url)
        await take_back(reach, f"{authority.url}/revoke", authority.url, "r1", ME)
        assert authority.asked[0].form == {"token": "r1", "token_type_hint": "refresh_token", "client_id": "me"}
        authority.documents["/revoke"] = [(400, {})]
        with pytest.raises(UpstreamFailed):
            await take_back(reach, f"{authority.url}/revoke", authority.url, "r1", ME)


LONG = b'{"error":"%b"}' % (b"a" * 99)


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b'{"error":5}', b'{"error":"<b>"}', LONG])
def test_a_reason_is_a_word_or_none(body: bytes):
    assert reason_of(body) == ""

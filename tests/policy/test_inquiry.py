"""Asking a service, with bounds."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.policy.issuer import Ground, Service
from trigate.core.errors import BadConfig, EgressDenied, IdentityUnavailable
from trigate.policy import inquiry
from trigate.policy.inquiry import Site, origin


class Echo(Service):
    """Says what it was asked."""

    def answer(self, line: str, fields: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if "large" in line:
            return 200, {}, b"x" * (inquiry.LARGEST_ANSWER + 1)
        return 302, {"location": "http://evil.example/", "x-line": line}, body


@pytest_asyncio.fixture
async def ground() -> AsyncIterator[Ground]:
    async with Ground() as made:
        yield made


async def test_a_question_and_its_answer(ground: Ground) -> None:
    async with Echo() as service:
        site = Site(f"{service.url}/a?b=c", ground.client, ground.surroundings.loop, 2)
        reply = await site.ask(b"POST", [(b"x", b"y")], b"body")
    assert (reply.status, reply.body) == (302, b"body")
    assert reply.field(b"x-line") == "POST /a?b=c HTTP/1.1"
    assert reply.field(b"none") == ""
    assert len(service.asked) == 1  # nobody follows it to where it points


async def test_too_large_an_answer_is_none(ground: Ground) -> None:
    async with Echo() as service:
        with pytest.raises(IdentityUnavailable):
            await Site(f"{service.url}/large", ground.client, ground.surroundings.loop, 2).ask(b"GET", [])


async def test_nobody_there_is_no_answer(ground: Ground) -> None:
    async with Echo() as service:
        url = service.url
    with pytest.raises(IdentityUnavailable) as error:
        await Site(url, ground.client, ground.surroundings.loop, 2).ask(b"GET", [])
    assert url not in error.value.message


@pytest.mark.parametrize("url", ["ftp://a.example/", "https://a.example/#x", "https://a.example/\u00e4", "a.example"])
async def test_an_address_that_cannot_be_asked_is_refused_at_load(ground: Ground, url: str) -> None:
    with pytest.raises(BadConfig):
        Site(url, ground.client, ground.surroundings.loop, 2)


async def test_an_address_from_elsewhere_leads_to_no_private_place(ground: Ground) -> None:
    with pytest.raises(EgressDenied):
        Site("http://127.0.0.1/keys", ground.client, ground.surroundings.loop, 2, outside=True)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("HTTPS://A.example:8443/x?y") == "https://a.example:8443"

"""Clients described at their own address: looked up with care, and never by way of anything else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.portal.house import house
from trigate.core.clock import clock
from trigate.policy import inquiry
from trigate.policy.inquiry import Reply
from trigate.portal import client_document
from trigate.portal.client import Client
from trigate.portal.client_document import LARGEST, ClientDocuments, check_address
from trigate.portal.refused import Refused

ID = "https://client.example/oauth/metadata.json"
GOOD = {"client_id": ID, "client_name": "Documented", "redirect_uris": ["http://127.0.0.1/cb"]}
JSON = (b"content-type", b"application/json")


class Web:
    """What is asked for, and what comes back."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []
        self.outside: list[bool] = []

    def put(self, url: str, content: Any, status: int = 200, *more: tuple[bytes, bytes]) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.replies[url] = Reply(status, [*more, JSON], body)

    def site(self, url: str, *_: Any, outside: bool = False, largest: int = 0) -> Any:
        self.outside.append(outside)
        assert largest == LARGEST
        return _Site(self, url)


class _Site:
    def __init__(self, web: Web, url: str) -> None:
        self.web, self.url = web, url

    async def ask(self, *_: Any) -> Reply:
        self.web.asked.append(self.url)
        await asyncio.sleep(0)
        if self.url not in self.web.replies:
            raise inquiry.unavailable()
        return self.web.replies[self.url]


@asynccontextmanager
async def documents(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[ClientDocuments, Web]]:
    web = Web()
    monkeypatch.setattr(client_document, "Site", web.site)
    async with house(folder) as built:
        yield ClientDocuments(built.office.premises.client, built.office.premises.around), web


async def test_a_client_is_described_at_its_own_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with documents(tmp_path, monkeypatch) as (known, web):
        web.put(ID, GOOD)
        found = await known.find(ID)
        assert found == Client(id=ID, origin="document", title="Documented", redirects=("http://127.0.0.1/cb",))
        assert web.outside == [True]
        assert await known.find("client-1") is None


async def test_it_is_fetched_once_for_all_who_ask_and_remembered_as_long_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    now = clock.monotonic()
    async with documents(tmp_path, monkeypatch) as (known, web):
        web.put(ID, GOOD, 200, (b"cache-control", b"public, max-age=120"))
        await asyncio.gather(*(known.find(ID) for _ in range(5)))
        assert web.asked == [ID]
        monkeypatch.setattr(clock, "monotonic", lambda: now + 100)
        await known.find(ID)
        assert web.asked == [ID]
        monkeypatch.setattr(clock, "monotonic", lambda: now + 200)
        await known.find(ID)
        assert web.asked == [ID, ID]


WRONG: list[tuple[Any, int]] = [
    ({**GOOD, "client_id": "https://client.example/other"}, 200),
    ({**GOOD, "client_id": ID + "/"}, 200),
    ({**GOOD, "redirect_uris": ["javascript:x"]}, 200),
    ({**GOOD, "redirect_uris": []}, 200),
    ({**GOOD, "token_endpoint_auth_method": "client_secret_basic"}, 200),
    ({**GOOD, "client_secret": "public"}, 200),
    (b'{"client_id": "a", "client_id": "b"}', 200),
    (b"[" * 30_000, 200),
    (b"<html>", 200),
    (GOOD, 302),
    (GOOD, 404),
]


@pytest.mark.parametrize(("content", "status"), WRONG, ids=lambda each: str(each)[:40])
async def test_other_documents_describe_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Any, status: int
):
    async with documents(tmp_path, monkeypatch) as (known, web):
        web.put(ID, content, status, (b"location", b"https://client.example/elsewhere"))
        for _ in range(2):
            with pytest.raises(Refused) as refused:
                await known.find(ID)
            assert refused.value.error == "invalid_client"
        assert web.asked == [ID]  # a failure is remembered for a moment, and a redirect not followed


async def test_only_so_many_are_looked_up_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_document, "MOST_UNDER_WAY", 1)
    async with documents(tmp_path, monkeypatch) as (known, web):
        web.put(ID, GOOD)
        seen = await asyncio.gather(known.find(ID), known.find(ID + "x"), return_exceptions=True)
        assert isinstance(seen[0], Client)
        assert isinstance(seen[1], Refused)
        assert seen[1].status == 503


ADDRESSES = [
    "https://client.example", "https://client.example/", "https://client.example/a#b", "https://u@client.example/a",
    "https://client.example/a/../b", "https://client.example/./a", "https://client.example/a b", "https://c.example/\\a",
    "https://client.example/" + "a" * 300, "https://clıent.example/a",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_not_every_address_is_the_id_of_a_client(address: str):
    with pytest.raises(Refused):
        check_address(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/a",
        "https://10.0.0.1/a",
        "https://[::1]/a",
        "https://169.254.169.254/a",
        "https://2130706433/a",
    ],
)
async def test_nobody_has_the_gateway_ask_around_inside(tmp_path: Path, url: str):
    """With the real client and its egress rules; the tripwire of the tests would see a connection."""
    async with house(tmp_path) as built:
        known = ClientDocuments(built.office.premises.client, built.office.premises.around)
        with pytest.raises(Refused, match="cannot be fetched"):
            await known.find(url)

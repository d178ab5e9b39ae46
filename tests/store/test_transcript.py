"""Transcripts in the store: found by whom and what, opened only with the key, and only by their tenant."""

from typing import Any

import pytest
from sqlalchemy import select

from trigate.core.errors import BadRequest, UnknownName, VaultSealed
from trigate.store import schema
from trigate.store.store import Store
from trigate.store.transcript import list_transcripts, open_transcript, write_transcript

KEY = bytes(range(32))
ROW = {
    "request": "r", "time": 5, "expires": 50, "key": "dev", "user": "", "team": "a", "organisation": "acme",
    "model": "fast", "target": "openai/gpt", "outcome": "ok", "size": 7,
}  # fmt: skip


def write(store: Store, id: str, content: bytes = b'{"ask":"canary"}', **more: Any) -> None:
    with store.writing() as connection:
        write_transcript(connection, KEY, {**ROW, "id": id, **more}, content)


def listed(store: Store, organisation: str | None = None, **only: str) -> list[str]:
    with store.reading() as connection:
        return [each["id"] for each in list_transcripts(connection, 0, 10, only, organisation)]


def opened(store: Store, name: str, key: bytes = KEY, organisation: str | None = None) -> Any:
    with store.reading() as connection:
        return open_transcript(connection, key, name, organisation)


def test_what_was_said_is_sealed(store: Store):
    write(store, "1")
    with store.reading() as connection:
        row = connection.execute(select(schema.transcripts)).mappings().one()
    assert b"canary" not in row["sealed"]
    assert opened(store, "1")[1] == {"ask": "canary"}
    with pytest.raises(VaultSealed):
        opened(store, "1", bytes(32))


def test_it_is_found_by_call_or_request_and_a_later_attempt_takes_its_place(store: Store):
    write(store, "1", time=3)
    write(store, "2", time=4)
    write(store, "2", b'{"ask":"again"}', time=6)
    assert opened(store, "r")[0]["id"] == "2"
    assert opened(store, "r")[1] == {"ask": "again"}
    assert opened(store, "1")[0]["time"] == 3
    with pytest.raises(UnknownName):
        opened(store, "none")


def test_filters_and_tenants(store: Store):
    write(store, "1", time=1)
    write(store, "2", time=2, model="smart", organisation="umbrella", request="r2")
    assert listed(store) == ["2", "1"]
    assert listed(store, model="fast") == ["1"]
    assert listed(store, "umbrella") == ["2"]
    with pytest.raises(UnknownName):
        opened(store, "1", organisation="umbrella")
    with pytest.raises(BadRequest):
        listed(store, sealed="x")


def test_a_list_shows_nothing_of_what_was_said(store: Store):
    write(store, "1")
    with store.reading() as connection:
        (row,) = list_transcripts(connection, 0, 10, {})
    assert "sealed" not in row


def test_names_with_a_nul_can_be_kept(store: Store):
    write(store, "1", user="a\0b")
    assert listed(store, user="a\ufffdb") == ["1"]

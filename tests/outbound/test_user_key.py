"""Keys of users in the control process: kept for one person and server, and given to nobody else."""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mcp.stage import LocalBus
from tests.outbound.oauth.authority import Rows
from trigate.core.connection import Connection, Subject
from trigate.core.errors import BadRequest, StoreUnavailable, UpstreamFailed
from trigate.outbound.user_key import SERVICE, Given, KeyHost, Wanted, ask, check_key, digest, read_given

ADA = Subject("acme", user="ada")
PUBLIC = "https://gateway.example"


def scene(public: str = PUBLIC) -> tuple[KeyHost, LocalBus, Rows]:
    rows, bus = Rows(), LocalBus()
    host = KeyHost(rows, frozenset({"notes"}), public)
    bus.offer(SERVICE, host.serve)
    return host, bus, rows


async def test_a_key_is_kept_for_one_person_and_one_server():
    host, bus, rows = scene()
    await host.keep("notes", ADA, "k1")
    await host.keep("notes", ADA, "k2")
    assert (await ask(bus, Wanted("notes", ADA))).key == "k2"
    assert [(row.kind, row.user, row.organisation) for row, _ in rows.rows.values()] == [("key", "ada", "acme")]
    for other in (Subject(user="ada"), Subject("acme", user="eve"), Subject("acme", user="ada", key="k")):
        assert (await ask(bus, Wanted("notes", other))).key == ""
    with pytest.raises(BadRequest, match="none that takes keys"):
        await host.keep("other", ADA, "k")
    with pytest.raises(UpstreamFailed, match="none that takes keys"):
        await ask(bus, Wanted("other", ADA))


async def test_a_link_is_for_those_who_can_log_in():
    _, bus, _ = scene()
    assert (await ask(bus, Wanted("notes", ADA))).link == f"{PUBLIC}/connect/key/notes"
    for subject in (Subject(key="k"), Subject(user="ada", key="k"), Subject(agent="a"), Subject(team="t")):
        assert (await ask(bus, Wanted("notes", subject))).link == ""
    assert (await ask(scene("")[1], Wanted("notes", ADA))).link == ""


async def test_what_is_of_another_kind_is_no_key():
    _, bus, rows = scene()
    await rows.keep_connection(Connection(id="", server="notes", subject=ADA.name, kind="oauth"), "tokens")
    assert (await ask(bus, Wanted("notes", ADA))).key == ""


async def test_whoever_asks_is_told_what_is_wrong(monkeypatch: pytest.MonkeyPatch):
    host, bus, rows = scene()
    stream = await bus.open(SERVICE, b"\xff")
    assert "cannot be read" in read_given(await stream.receive() or b"").problem

    async def fail(server: str, subject: str) -> None:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(rows, "connection", fail)
    with pytest.raises(UpstreamFailed, match="is away"):
        await ask(bus, Wanted("notes", ADA))
    del bus.services[SERVICE]
    with pytest.raises(UpstreamFailed, match="at the moment"):
        await ask(bus, Wanted("notes", ADA))
    await asyncio.sleep(0)
    assert host.servers == {"notes"}


@pytest.mark.parametrize("key", ["", " a", "a ", "a\nb", "ä", "x" * 5000, "a\0"])
def test_what_fits_into_no_header_field_is_no_key(key: str):
    with pytest.raises(BadRequest):
        check_key(key)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=100))
def test_every_other_text_is_one(key: str):
    check_key(key)
    assert key not in digest(key) or len(key) < 8
    assert key not in repr(Given(key)) or len(key) < 8
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(Given(key)), type=Given).key == key

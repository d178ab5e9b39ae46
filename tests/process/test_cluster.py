"""Between machines: workers reach each other over TLS, and nobody else reaches them."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
import trustme

from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process.test_switchboard import Office, echo, end_tasks, eventually, heard
from trigate.core.bus import BusClosed, BusStream
from trigate.process import cluster, switchboard
from trigate.process.cluster import Cluster
from trigate.process.settings import ClusterSettings

Place = Callable[..., ClusterSettings]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def place(tmp_path: Path, authority: trustme.CA) -> Place:
    """Settings of a machine; `certified` is the name in its certificate, `by` who signed it."""

    def make(
        name: str, port: int, peers: dict[str, int], certified: str = "", by: trustme.CA | None = None
    ) -> ClusterSettings:
        folder = tmp_path / f"{name}-{port}"
        folder.mkdir()
        issued = (by or authority).issue_cert(certified or name)
        issued.private_key_pem.write_to_path(folder / "key.pem")
        for chain in issued.cert_chain_pems:
            chain.write_to_path(folder / "certificate.pem", append=True)
        authority.cert_pem.write_to_path(folder / "ca.pem")
        return ClusterSettings(
            name=name,
            listen=f"127.0.0.1:{port}",
            peers={peer: f"127.0.0.1:{at}" for peer, at in peers.items()},
            certificate_file=str(folder / "certificate.pem"),
            key_file=str(folder / "key.pem"),
            ca_file=str(folder / "ca.pem"),
        )

    return make


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is slow because the machine is busy does answer."""
    monkeypatch.setattr(switchboard, "TELL_SECONDS", PATIENCE)
    monkeypatch.setattr(cluster, "DIAL_SECONDS", PATIENCE)


@pytest_asyncio.fixture
async def offices() -> AsyncIterator[list[Office]]:
    opened: list[Office] = []
    yield opened
    for office in opened:
        if office.board.cluster is not None:
            office.board.cluster.drain()
        office.board.close()
        for line in office.lines:
            line.close()
    await end_tasks()


async def machine(offices: list[Office], settings: ClusterSettings) -> Office:
    office = Office()
    offices.append(office)
    office.board.cluster = Cluster(office.loop, settings, office.board.services_for_peers)
    await office.board.cluster.start()
    return office


async def test_a_stream_reaches_its_owner_on_another_machine(offices: list[Office], place: Place):
    ports = free_port(), free_port()
    a = await machine(offices, place("a", ports[0], {"b": ports[1]}))
    b = await machine(offices, place("b", ports[1], {"a": ports[0]}))
    one, two = await a.worker("a/one"), await b.worker("b/two")
    two.offer("echo", echo)
    one.offer("echo", echo)
    for line, owner in ((one, "b/two"), (two, "a/one")):
        stream = await line.open("echo", b"x", owner)
        assert await heard(stream) == b"opened with x"
        await stream.send(bytes(1_000_000))
        assert await heard(stream) == bytes(1_000_000)
        stream.close()


async def test_word_reaches_workers_of_all_machines_once(offices: list[Office], place: Place):
    ports = free_port(), free_port()
    a = await machine(offices, place("a", ports[0], {"b": ports[1]}))
    b = await machine(offices, place("b", ports[1], {"a": ports[0]}))
    told: list[str] = []
    lines = [await a.worker("a/one"), await a.worker("a/two"), await b.worker("b/one"), await b.worker("b/two")]
    for line in lines:

        async def note(stream: BusStream, opening: bytes, own: str = line.own) -> None:
            told.append(own)

        line.offer("note", note)
    await asyncio.wait_for(lines[0].tell("note", b""), PATIENCE)
    assert sorted(told) == ["a/two", "b/one", "b/two"]


async def test_what_the_control_process_offers_its_own_workers_peers_cannot_use(offices: list[Office], place: Place):
    ports = free_port(), free_port()
    a = await machine(offices, place("a", ports[0], {"b": ports[1]}))
    b = await machine(offices, place("b", ports[1], {"a": ports[0]}))
    b.services.offered = {**b.services.offered, "echo": echo}
    assert a.board.cluster is not None
    link = await a.board.cluster.reach("b")
    with pytest.raises(BusClosed):
        await heard(link.open("echo"))


async def test_an_owner_or_a_machine_that_is_gone_is_a_clear_error(offices: list[Office], place: Place):
    a = await machine(offices, place("a", free_port(), {"b": free_port()}))
    one = await a.worker("a/one")
    for owner in ("a/gone", "b/one", "c/one"):
        with pytest.raises(BusClosed):
            await heard(await one.open("echo", b"", owner))
    await asyncio.wait_for(one.tell("note", b""), PATIENCE)


async def test_a_peer_that_comes_back_is_reached_again(offices: list[Office], place: Place):
    ports = free_port(), free_port()
    a = await machine(offices, place("a", ports[0], {"b": ports[1]}))
    settings = place("b", ports[1], {"a": ports[0]})
    b = await machine(offices, settings)
    one = await a.worker("a/one")
    (await b.worker("b/one")).offer("echo", echo)
    assert await heard(await one.open("echo", b"1", "b/one")) == b"opened with 1"
    assert a.board.cluster is not None
    assert b.board.cluster is not None
    before = await a.board.cluster.reach("b")
    b.board.cluster.drain()
    again = await machine(offices, settings)
    (await again.worker("b/two")).offer("echo", echo)
    await eventually(lambda: before.closed)
    assert await heard(await one.open("echo", b"2", "b/two")) == b"opened with 2"


async def test_who_shows_another_name_or_another_authority_is_no_peer(offices: list[Office], place: Place):
    ports = [free_port() for _ in range(5)]
    a = await machine(offices, place("a", ports[0], {"b": ports[1], "c": ports[2]}))
    await machine(offices, place("b", ports[1], {"a": ports[0]}, certified="x"))
    await machine(offices, place("c", ports[2], {"a": ports[0]}, by=trustme.CA()))
    one = await a.worker("a/one")
    for owner in ("b/one", "c/one"):  # called: they are not who they should be
        with pytest.raises(BusClosed):
            await heard(await one.open("echo", b"", owner))
    for number, (certified, by) in enumerate((("d", None), ("b", trustme.CA())), 3):  # calling: they are not let in
        stranger = await machine(offices, place(f"s{number}", ports[number], {"a": ports[0]}, certified, by))
        line = await stranger.worker(f"s{number}/one")
        with pytest.raises(BusClosed):
            await heard(await line.open("echo", b"", "a/one"))


async def test_a_caller_without_a_certificate_hears_nothing(offices: list[Office], place: Place):
    port = free_port()
    settings = place("a", port, {})
    await machine(offices, settings)
    context = ssl.create_default_context(cafile=settings.ca_file)

    def call() -> bytes:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname="a") as caller,
        ):
            return caller.recv(1)

    with suppress(ssl.SSLError, ConnectionError):  # it may learn why, or just find itself cut off
        assert await asyncio.to_thread(call) == b""

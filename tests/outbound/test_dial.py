"""Opening connections: addresses in turn, TLS that fails closed, everything in its time."""

import asyncio
import datetime
import ipaddress
import socket
import ssl

import pytest
import trustme

from tests.outbound.chaos import Chaos, Step, Talk, answer, cut, eventually, expect, hang, send, soon
from tests.outbound.test_client import Probe
from tests.ports import free_port
from trigate.core.errors import StreamBroken, UpstreamTimeout, UpstreamUnreachable
from trigate.core.settings import Duration
from trigate.core.surroundings import Surroundings
from trigate.core.tls import harden
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.egress import Address
from trigate.outbound.resolver import Resolver
from trigate.outbound.settings import DnsSettings, OutboundSettings, Timeouts, TlsSettings

AUTHORITY = trustme.CA()
LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)


def server_context(*names: str, expired: bool = False, authority: trustme.CA = AUTHORITY) -> ssl.SSLContext:
    context = harden(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    until = LONG_AGO + datetime.timedelta(days=1) if expired else None
    since = LONG_AGO if expired else None
    authority.issue_cert(*(names or ("localhost",)), not_before=since, not_after=until).configure_cert(context)
    return context


@pytest.fixture(scope="session")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(path)
    return str(path)


def trusting(surroundings: Surroundings, upstream: Chaos, **tls: object) -> tuple[Probe, Endpoint]:
    probe = Probe(surroundings)
    endpoint = probe.client.endpoint(upstream.url, tls=TlsSettings(**tls))  # type: ignore[arg-type]
    return probe, endpoint


async def at_rest(endpoint: Endpoint) -> None:
    endpoint.pool.drain()
    await eventually(lambda: endpoint.pool.count == 0)


async def test_https_carries_exchanges_over_one_connection(surroundings: Surroundings, ca_file: str):
    async with Chaos([answer(b"one"), answer(b"two")], tls=server_context()) as upstream:
        probe, endpoint = trusting(surroundings, upstream, ca_file=ca_file)
        assert [(await probe.fetch(endpoint))[1] for _ in range(2)] == [b"one", b"two"]
        assert len(upstream.talks) == 1
        await at_rest(endpoint)


async def test_a_megabyte_crosses_both_ways_over_tls(surroundings: Surroundings, ca_file: str):
    body = bytes(range(256)) * 4096

    async def echo(talk: Talk) -> None:
        await talk.reader.readuntil(b"\r\n\r\n")
        received = await talk.reader.readexactly(len(body))
        talk.writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + received)

    async with Chaos([echo], tls=server_context()) as upstream:
        probe, endpoint = trusting(surroundings, upstream, ca_file=ca_file)
        assert (await probe.fetch(endpoint, b"POST", body))[1] == body
        await at_rest(endpoint)


@pytest.mark.parametrize(
    ("context", "said"),
    [
        (server_context(expired=True), "expired"),
        (server_context("other.example"), "Hostname mismatch"),
        (server_context(authority=trustme.CA()), "unable to get local issuer"),
    ],
    ids=["expired", "wrong name", "unknown authority"],
)
async def test_a_certificate_that_proves_nothing_ends_the_call(
    surroundings: Surroundings, ca_file: str, context: ssl.SSLContext, said: str
):
    async with Chaos([hang()], tls=context) as upstream:
        probe, endpoint = trusting(surroundings, upstream, ca_file=ca_file)
        with pytest.raises(UpstreamUnreachable, match=said) as caught:
            await probe.ask(endpoint)
        assert "BEGIN" not in caught.value.message
        await eventually(lambda: endpoint.pool.count == 0)
        assert b"GET" not in b"".join(talk.received for talk in upstream.talks)


async def test_the_systems_authorities_do_not_vouch_for_a_private_one(surroundings: Surroundings):
    async with Chaos([hang()], tls=server_context()) as upstream:
        probe, endpoint = trusting(surroundings, upstream)
        with pytest.raises(UpstreamUnreachable, match="certificate"):
            await probe.ask(endpoint)


async def test_verification_can_be_switched_off_and_another_name_checked(surroundings: Surroundings, ca_file: str):
    async with Chaos([answer()], [answer()], tls=server_context("other.example")) as upstream:
        for tls in ({"verify": False}, {"ca_file": ca_file, "name": "other.example"}):
            probe, endpoint = trusting(surroundings, upstream, **tls)
            assert (await probe.fetch(endpoint))[1] == b"ok"
            await at_rest(endpoint)


async def test_an_old_protocol_is_refused(surroundings: Surroundings, ca_file: str):
    context = server_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with Chaos([hang()], tls=context) as upstream:
        probe, endpoint = trusting(surroundings, upstream, ca_file=ca_file, minimum="1.3")
        with pytest.raises(UpstreamUnreachable, match="TLS"):
            await probe.ask(endpoint)


async def test_a_client_certificate_is_shown_to_who_asks(surroundings: Surroundings, ca_file: str, tmp_path):
    context = server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    AUTHORITY.configure_trust(context)
    AUTHORITY.issue_cert("gateway.example").private_key_and_cert_chain_pem.write_to_path(tmp_path / "me.pem")
    async with Chaos([answer()], tls=context) as upstream:
        probe, endpoint = trusting(surroundings, upstream, ca_file=ca_file, certificate_file=str(tmp_path / "me.pem"))
        assert (await probe.fetch(endpoint))[1] == b"ok"
        await at_rest(endpoint)


async def test_a_handshake_that_stalls_is_given_up(surroundings: Surroundings, ca_file: str):
    async with Chaos([hang()]) as upstream:
        probe = Probe(surroundings)
        timeouts = Timeouts(tls=Duration(0.1))
        url = upstream.url.replace("http://127.0.0.1", "https://localhost")
        endpoint = probe.client.endpoint(url, tls=TlsSettings(ca_file=ca_file), timeouts=timeouts)
        with pytest.raises(UpstreamTimeout, match="TLS handshake"):
            await soon(probe.ask(endpoint))
        await eventually(lambda: endpoint.pool.count == 0)


async def test_plain_http_on_a_tls_port_is_never_tried(surroundings: Surroundings, ca_file: str):
    async with Chaos([send(b"HTTP/1.1 200 OK\r\n\r\n"), hang()]) as upstream:
        probe = Probe(surroundings)
        url = upstream.url.replace("http://127.0.0.1", "https://localhost")
        with pytest.raises(UpstreamUnreachable):
            await probe.ask(probe.client.endpoint(url, tls=TlsSettings(ca_file=ca_file)))
        assert b"GET" not in upstream.talks[0].received


async def test_tls_that_is_cut_never_ends_a_body_cleanly(surroundings: Surroundings, ca_file: str):
    async with Chaos([expect(), send(b"HTTP/1.1 200 OK\r\n\r\nabc"), cut()], tls=server_context()) as upstream:
        probe, endpoint = trusting(surroundings, upstream, ca_file=ca_file)
        got = await probe.ask(endpoint)
        with pytest.raises(StreamBroken):
            await soon(got.read(100))
        got.close()


async def test_tls_that_ends_in_order_ends_a_body(surroundings: Surroundings, ca_file: str):
    async def close_in_order(talk: Talk) -> None:
        talk.writer.close()

    script: list[Step] = [expect(), send(b"HTTP/1.1 200 OK\r\n\r\nabc"), close_in_order]
    async with Chaos(script, tls=server_context()) as upstream:
        probe, endpoint = trusting(surroundings, upstream, ca_file=ca_file)
        assert (await probe.fetch(endpoint))[1] == b"abc"


# addresses and time


def naming(surroundings: Surroundings, *addresses: str, timeouts: Timeouts | None = None) -> Probe:
    async def lookup(host: str) -> list[Address]:
        del host
        return [ipaddress.ip_address(each) for each in addresses]

    probe = Probe(surroundings)
    resolver = Resolver(DnsSettings(), lookup)
    probe.client = Client(OutboundSettings(timeouts=timeouts or Timeouts()), surroundings, resolver)
    return probe


async def test_the_next_address_is_tried_when_one_refuses(surroundings: Surroundings):
    async with Chaos([answer()]) as upstream:
        probe = naming(surroundings, "127.0.0.2", "127.0.0.3", "127.0.0.1")
        endpoint = probe.client.endpoint(f"http://many.example:{upstream.port}")
        got = await probe.ask(endpoint)
        assert got.address == f"127.0.0.1:{upstream.port}"
        got.close()
        await at_rest(endpoint)


def deaf() -> tuple[socket.socket, int]:
    """A listener whose queue is full: connections to it stay half open."""
    listener = socket.socket()
    port = free_port()
    listener.bind(("127.0.0.2", port))
    listener.listen(0)
    return listener, port


def fill(port: int) -> list[socket.socket]:
    full = list[socket.socket]()
    for _ in range(4):
        each = socket.socket()
        each.setblocking(False)
        each.connect_ex(("127.0.0.2", port))
        full.append(each)
    return full


async def test_an_upstream_that_never_accepts_is_given_up_in_time(surroundings: Surroundings):
    listener, port = deaf()
    full = fill(port)
    probe = naming(surroundings, "127.0.0.2", timeouts=Timeouts(connect=Duration(0.2)))
    endpoint = probe.client.endpoint(f"http://deaf.example:{port}")
    with pytest.raises(UpstreamTimeout):
        await probe.ask(endpoint)
    await eventually(lambda: endpoint.pool.count == 0)
    for each in [*full, listener]:
        each.close()


async def test_an_address_that_is_silent_does_not_use_up_the_time_of_the_next(surroundings: Surroundings):
    listener, port = deaf()
    full = fill(port)
    server = await asyncio.start_server(serve_once, "127.0.0.1", port)
    probe = naming(surroundings, "127.0.0.2", "127.0.0.1", timeouts=Timeouts(connect=Duration(8)))
    endpoint = probe.client.endpoint(f"http://half.example:{port}")
    assert (await soon(probe.fetch(endpoint)))[1] == b"ok"
    for each in [*full, listener]:
        each.close()
    server.close()
    await at_rest(endpoint)


async def serve_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await answer()(Talk(reader, writer))
    writer.close()


async def test_a_name_that_cannot_be_looked_up_is_unreachable(surroundings: Surroundings):
    async def lookup(host: str) -> list[Address]:
        raise OSError(-2, "Name or service not known")

    probe = Probe(surroundings)
    probe.client = Client(OutboundSettings(), surroundings, Resolver(DnsSettings(), lookup))
    with pytest.raises(
        UpstreamUnreachable, match=r"nowhere\.example could not be looked up: Name or service not known"
    ):
        await probe.ask(probe.client.endpoint("http://nowhere.example"))


async def test_a_slow_name_server_is_given_up_in_time(surroundings: Surroundings):
    gate = asyncio.Event()

    async def lookup(host: str) -> list[Address]:
        del host
        await gate.wait()
        return []

    probe = Probe(surroundings)
    settings = OutboundSettings(timeouts=Timeouts(connect=Duration(0.1)))
    probe.client = Client(settings, surroundings, Resolver(DnsSettings(), lookup))
    with pytest.raises(UpstreamTimeout):
        await soon(probe.ask(probe.client.endpoint("http://slow.example")))
    gate.set()

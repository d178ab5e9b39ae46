"""Every way in and out besides plain TCP: TLS both ways, client certificates, PROXY protocol, Unix sockets."""

import asyncio
import datetime
import hashlib
import os
import signal
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.journeys.caller import Caller, head
from tests.journeys.conftest import Gateway
from tests.journeys.stage import Upstream, eventually, listeners, record
from tests.outbound.chaos import Talk, answer, cut, expect, hang, send, turns, wait
from tests.patience import PATIENCE
from tests.ports import free_port

PAST = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)


class House:
    """A gateway with many doors, and what its callers and upstreams need to know."""

    def __init__(self, folder: Path, start: Callable[[str], Gateway]) -> None:
        self.folder = folder
        self.authority, self.strangers = trustme.CA(), trustme.CA()
        self.sockets = listeners(24)
        self.ports = {name: free_port() for name in ("required", "optional", "proxied", "distrusting")}
        self.path = str(folder / "in.sock")
        self.upstream_path = str(folder / "out.sock")
        self._used = 0
        for name in ("a.example", "b.example"):
            self.certify(name)
        self.authority.cert_pem.write_to_path(folder / "authority.pem")
        self.running = start(self._text())

    def certify(self, name: str) -> None:
        """Write a fresh certificate for `name`, key first, each file at once."""
        made = self.authority.issue_cert(name)
        for kind, blob in (("key", made.private_key_pem.bytes()), ("pem", made.cert_chain_pems[0].bytes())):
            fresh = self.folder / f"{name}.{kind}.new"
            fresh.write_bytes(blob)
            fresh.replace(self.folder / f"{name}.{kind}")

    async def serial(self, name: str) -> str:
        """The serial number of the certificate that is shown for `name`."""
        async with await Caller.connect(self.running.port, self.trusting(), name) as caller:
            return caller.writer.get_extra_info("peercert")["serialNumber"]

    def take(self) -> int:
        """The number of an unused upstream."""
        self._used += 1
        return self._used - 1

    def trusting(self, certificate: trustme.LeafCert | None = None) -> ssl.SSLContext:
        """What a caller believes and shows."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if certificate is not None:
            certificate.configure_cert(context)
        return context

    def serving(self, certificate: trustme.LeafCert) -> ssl.SSLContext:
        """What an upstream shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    def _text(self) -> str:
        folder = self.folder
        shown = [
            f"{{ certificate_file: {folder}/{name}.pem, key_file: {folder}/{name}.key }}"
            for name in ("a.example", "b.example")
        ]
        certificates = f"certificates: [{', '.join(shown)}]"
        asking = f"{certificates}, client_ca_file: {folder}/authority.pem, client_certificates"
        routes = [
            f"    s{number}: {{ match: {{ path: /s{number} }}, targets: ['http://127.0.0.1:{port}'] }}\n"
            f"    t{number}: {{ match: {{ path: /t{number} }}, targets: ['https://localhost:{port}'] }}"
            for number, port in enumerate(each.getsockname()[1] for each in self.sockets)
        ]
        return "\n".join(
            [
                "inbound:",
                "  listen:",
                f"    - {{ address: 127.0.0.1:<port>, tls: {{ {certificates} }} }}",
                f"    - {{ address: 127.0.0.1:{self.ports['required']}, tls: {{ {asking}: required }} }}",
                f"    - {{ address: 127.0.0.1:{self.ports['optional']}, tls: {{ {asking}: optional }} }}",
                f"    - {{ address: 127.0.0.1:{self.ports['proxied']}, {_proxied('127.0.0.0/8')} }}",
                f"    - {{ address: 127.0.0.1:{self.ports['distrusting']}, {_proxied('10.0.0.0/8')} }}",
                f"    - unix:{self.path}",
                f"outbound: {{ tls: {{ ca_file: {folder}/authority.pem }} }}",
                "api:",
                "  routes:",
                f"    unix: {{ match: {{ path: /unix }}, targets: ['unix:{self.upstream_path}'] }}",
                *routes,
                "",
            ]
        )


def _proxied(network: str) -> str:
    return f"proxy_protocol: true, trusted_senders: [{network}]"


@pytest.fixture(scope="module")
def house(lasting_gateway: Callable[[str], Gateway], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all tests."""
    found = House(tmp_path_factory.mktemp("house"), lasting_gateway)
    yield found
    for each in found.sockets:
        each.close()


# --- TLS in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "shown"), [("a.example", "a.example"), ("b.example", "b.example")])
async def test_a_caller_is_shown_the_certificate_of_the_host_it_names(house: House, name: str, shown: str) -> None:
    number = house.take()
    async with (
        Upstream(house.sockets[number], [answer()]) as upstream,
        await Caller.connect(house.running.port, house.trusting(), name) as caller,
    ):
        certificate = caller.writer.get_extra_info("peercert")
        assert ("DNS", shown) in certificate["subjectAltName"]
        caller.send(head("GET", f"/s{number}", host=name))
        assert (await caller.answer()).body == b"ok"
        assert b"x-forwarded-proto: https" in upstream.received


async def test_an_unknown_host_is_shown_the_first_certificate(house: House) -> None:
    context = house.trusting()
    context.check_hostname = False
    async with await Caller.connect(house.running.port, context, "nobody.example") as caller:
        assert ("DNS", "a.example") in caller.writer.get_extra_info("peercert")["subjectAltName"]


async def test_old_versions_of_tls_and_plain_text_get_nowhere(house: House) -> None:
    async with await Caller.connect(house.running.port) as caller:
        caller.send(head("GET", "/s0"))
        raw, _ = await caller.closed()
        assert b"HTTP/1.1 200" not in raw
    context = house.trusting()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with await Caller.connect(house.running.port, context, "a.example") as caller:
        assert caller.writer.get_extra_info("ssl_object").version() == "TLSv1.2"


async def test_a_certificate_is_replaced_under_traffic(house: House) -> None:
    number, go = house.take(), asyncio.Event()
    half = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf"
    async with (
        Upstream(house.sockets[number], [expect(), send(half), wait(go), send(b"half")]),
        await Caller.connect(house.running.port, house.trusting(), "b.example") as before,
    ):
        old = before.writer.get_extra_info("peercert")["serialNumber"]
        before.send(head("GET", f"/s{number}"))
        await before.until(b"half")
        house.certify("b.example")
        house.running.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE):
            while (await house.serial("b.example")) == old:
                await asyncio.sleep(0.05)
        go.set()
        assert await before.until(b"half") == b"half"


async def test_a_certificate_that_cannot_be_used_leaves_the_old_one(house: House) -> None:
    kept = (house.folder / "a.example.pem").read_bytes()
    (house.folder / "a.example.pem").write_bytes(b"nonsense")
    house.running.process.send_signal(signal.SIGHUP)
    try:
        await eventually(lambda: "a certificate cannot be used, the old ones stay" in house.running.log)
        async with await Caller.connect(house.running.port, house.trusting(), "a.example") as caller:
            assert ("DNS", "a.example") in caller.writer.get_extra_info("peercert")["subjectAltName"]
    finally:
        (house.folder / "a.example.pem").write_bytes(kept)


@pytest.mark.parametrize("whose", ["nobody", "a stranger", "a friend"])
@pytest.mark.parametrize("door", ["required", "optional"])
async def test_who_shows_a_certificate_is_judged_by_it(house: House, door: str, whose: str) -> None:
    shown = {
        "nobody": None,
        "a stranger": house.strangers.issue_cert("me@stranger.example"),
        "a friend": house.authority.issue_cert("me@friend.example"),
    }[whose]
    welcome = whose == "a friend" or (door, whose) == ("optional", "nobody")
    heard = b""
    try:
        async with await Caller.connect(house.ports[door], house.trusting(shown), "a.example") as caller:
            caller.send(head("GET", "/nowhere"))
            heard = (await caller.answer()).raw
    except (ssl.SSLError, ConnectionError):
        pass
    assert heard.startswith(b"HTTP/1.1 404") == welcome


BEGUN = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"


@pytest.mark.parametrize(
    ("begun", "leave"),
    [
        (BEGUN, Caller.finish),
        (BEGUN, Caller.reset),
        (b"", Caller.reset),
        (b"", Caller.finish),
    ],
    ids=["within-close_notify", "within-RST", "before-RST", "before-close_notify"],
)
async def test_a_caller_that_leaves_is_noticed_through_tls(
    house: House, begun: bytes, leave: Callable[[Caller], None]
) -> None:
    number, request_id = house.take(), f"left-{len(begun)}-{leave.__name__}"
    async with (
        Upstream(house.sockets[number], [expect(), *([send(begun)] if begun else []), hang()]) as upstream,
        await Caller.connect(house.running.port, house.trusting(), "a.example") as caller,
    ):
        caller.send(head("GET", f"/s{number}", f"x-request-id: {request_id}"))
        await eventually(lambda: upstream.received.endswith(b"\r\n\r\n"))
        if begun:
            await caller.until(b"half")
        leave(caller)
        await eventually(upstream.talks[0].ended.is_set)
        await record(house.running, request_id=request_id, outcome="caller.left")


# --- TLS out -----------------------------------------------------------------------------------------------------


async def test_an_upstream_of_a_private_authority_is_believed(house: House) -> None:
    number = house.take()
    tls = house.serving(house.authority.issue_cert("localhost"))
    async with Upstream(house.sockets[number], [answer(b"one"), answer(b"two")], tls=tls) as upstream:
        async with await Caller.connect(house.running.port, house.trusting(), "a.example") as caller:
            for expected in (b"one", b"two"):
                caller.send(head("GET", f"/t{number}"))
                assert (await caller.answer()).body == expected
        assert len(upstream.talks) == 1


async def test_much_arrives_whole_through_tls_on_both_sides(house: House) -> None:
    number, size = house.take(), 4 * 2**20
    content = hashlib.sha256(b"seed").digest() * (size // 32)
    tls = house.serving(house.authority.issue_cert("localhost"))
    echo = [
        expect(b"\r\n\r\n" + content[:32]),
        send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size),
        send(*[content[start : start + 2**20] for start in range(0, size, 2**20)]),
    ]
    async with (
        Upstream(house.sockets[number], echo, tls=tls) as upstream,
        await Caller.connect(house.running.port, house.trusting(), "a.example") as caller,
    ):
        caller.send(head("PUT", f"/t{number}", "Content-Length: 1048576") + content[: 2**20])
        got = await caller.answer("PUT")
        assert (got.whole, got.body == content) == (True, True)
        await eventually(lambda: upstream.received.endswith(b"\r\n\r\n" + content[: 2**20]))


async def test_an_upstream_that_cuts_a_tls_connection_without_notice_has_not_ended_its_answer(house: House) -> None:
    number = house.take()
    tls = house.serving(house.authority.issue_cert("localhost"))
    async with (
        Upstream(house.sockets[number], [expect(), send(b"HTTP/1.1 200 OK\r\n\r\nhalf"), cut()], tls=tls),
        await Caller.connect(house.running.port, house.trusting(), "a.example") as caller,
    ):
        caller.send(head("GET", f"/t{number}"))
        got = await caller.answer()
        assert not got.whole


@pytest.mark.parametrize("fault", ["wrong name", "expired", "unknown authority", "plain text"])
async def test_an_upstream_that_cannot_prove_itself_is_told_nothing(house: House, fault: str) -> None:
    number = house.take()
    certificate = {
        "wrong name": lambda: house.authority.issue_cert("elsewhere.example"),
        "expired": lambda: house.authority.issue_cert("localhost", not_after=PAST),
        "unknown authority": lambda: house.strangers.issue_cert("localhost"),
        "plain text": lambda: None,
    }[fault]()
    tls = house.serving(certificate) if certificate else None
    request_id = f"fault-{fault.replace(' ', '-')}"
    hello = [send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")] if certificate is None else [answer()]
    async with (
        Upstream(house.sockets[number], hello, tls=tls, repeat=True) as upstream,
        await Caller.connect(house.running.port, house.trusting(), "a.example") as caller,
    ):
        caller.send(head("POST", f"/t{number}", "Content-Length: 6", f"x-request-id: {request_id}") + b"secret")
        got = await caller.answer("POST")
        assert got.status == 502
        assert b"secret" not in upstream.received
        assert b"POST" not in upstream.received
        assert b"BEGIN" not in got.body
    await record(house.running, request_id=request_id, status=0)


# --- PROXY protocol ------------------------------------------------------------------------------------------------


async def test_a_trusted_sender_says_who_calls(house: House) -> None:
    number = house.take()
    async with (
        Upstream(house.sockets[number], [answer()]) as upstream,
        await Caller.connect(house.ports["proxied"]) as caller,
    ):
        caller.send(b"PROXY TCP4 192.0.2.7 192.0.2.1 4000 443\r\n")
        caller.send(head("GET", f"/s{number}", "X-Forwarded-For: 6.6.6.6", "x-request-id: proxied"))
        assert (await caller.answer()).status == 200
        assert b"x-forwarded-for: 192.0.2.7\r\n" in upstream.received
    assert (await record(house.running, request_id="proxied"))["peer"] == "192.0.2.7"


async def test_a_trusted_sender_says_so_in_the_second_version_too(house: House) -> None:
    number = house.take()
    addresses = bytes([192, 0, 2, 8, 192, 0, 2, 1]) + (4000).to_bytes(2, "big") + (443).to_bytes(2, "big")
    header = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11" + len(addresses).to_bytes(2, "big") + addresses
    async with (
        Upstream(house.sockets[number], [answer()]) as upstream,
        await Caller.connect(house.ports["proxied"]) as caller,
    ):
        caller.send(header + head("GET", f"/s{number}"))
        assert (await caller.answer()).status == 200
        assert b"x-forwarded-for: 192.0.2.8\r\n" in upstream.received


@pytest.mark.parametrize(
    ("door", "first"),
    [
        ("distrusting", b"PROXY TCP4 192.0.2.7 192.0.2.1 4000 443\r\n"),
        ("proxied", b""),
        ("proxied", b"PROXY TCP4 nonsense 192.0.2.1 4000 443\r\n"),
        ("proxied", b"PROXY " + b"x" * 300),
    ],
    ids=["not trusted", "no header", "no address", "endless"],
)
async def test_a_door_for_trusted_senders_is_closed_to_everything_else(house: House, door: str, first: bytes) -> None:
    async with await Caller.connect(house.ports[door]) as caller:
        caller.send(first + head("GET", "/nowhere"))
        raw, _ = await caller.closed()
        assert raw == b"" or raw.startswith(b"HTTP/1.1 400")


# --- Unix sockets --------------------------------------------------------------------------------------------------


async def test_from_one_unix_socket_to_another(house: House) -> None:
    talks = list[Talk]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(Talk(reader, writer))
        await answer(b"through")(talks[0])
        await reader.read()
        writer.close()

    server = await asyncio.start_unix_server(serve, house.upstream_path)
    async with server:
        async with await Caller.connect_unix(house.path) as caller:
            caller.send(head("GET", "/unix", "x-request-id: unix"))
            got = await caller.answer()
            assert (got.status, got.body) == (200, b"through")
        for talk in talks:
            talk.writer.close()
        await turns()
    assert b"x-forwarded-for:" in talks[0].received
    assert (await record(house.running, request_id="unix"))["peer"] == "unix"


async def test_a_unix_socket_with_nobody_behind_it(house: House) -> None:
    if os.path.exists(house.upstream_path):
        os.unlink(house.upstream_path)
    async with await Caller.connect_unix(house.path) as caller:
        caller.send(head("GET", "/unix"))
        assert (await caller.answer()).status == 502

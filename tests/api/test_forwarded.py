"""What a service is told of the caller, and whom the gateway believes."""

import pytest

from trigate.api.forwarded import Forwarded
from trigate.core.errors import LoopDetected
from trigate.core.request import Peer, Request


def _request(**fields: str) -> Request:
    given = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
    return Request(b"GET", b"/", b"/", b"", b"shop.example:8080", list(given.items()), given)


def _fields(style: str, trusted: tuple[str, ...], address: str, **fields: str) -> dict[bytes, bytes]:
    return dict(
        Forwarded(style, trusted, "trigate-1").fields(_request(**fields), Peer(address, 5000, server_port=8080))
    )


def test_a_stranger_cannot_claim_to_be_someone_else() -> None:
    told = _fields("both", (), "203.0.113.9", x_forwarded_for="127.0.0.1", forwarded="for=127.0.0.1")
    assert told[b"x-forwarded-for"] == b"203.0.113.9"
    assert told[b"forwarded"] == b'for=203.0.113.9;host="shop.example:8080";proto=http'


def test_a_trusted_proxy_is_believed_and_added_to() -> None:
    told = _fields("both", ("10.0.0.0/8",), "10.1.2.3", x_forwarded_for="203.0.113.9", x_forwarded_proto="https")
    assert told[b"x-forwarded-for"] == b"203.0.113.9, 10.1.2.3"
    assert told[b"x-forwarded-proto"] == b"https"


def test_an_ipv6_address_is_quoted_in_a_forwarded_element() -> None:
    assert _fields("forwarded", (), "2001:db8::1")[b"forwarded"].startswith(b'for="[2001:db8::1]";')


def test_a_unix_peer_is_unknown_and_never_trusted() -> None:
    assert _fields("forwarded", ("0.0.0.0/0",), "unix")[b"forwarded"].startswith(b"for=unknown;")


def test_none_tells_only_via() -> None:
    assert _fields("none", (), "10.0.0.1") == {b"via": b"1.1 trigate-1"}


def test_via_is_added_to() -> None:
    assert _fields("none", (), "10.0.0.1", via="1.0 squid")[b"via"] == b"1.0 squid, 1.1 trigate-1"


def test_a_request_that_comes_back_is_a_loop() -> None:
    with pytest.raises(LoopDetected):
        _fields("none", (), "10.0.0.1", via="1.1 trigate-1")


def _repeated(name: bytes, *values: bytes) -> Request:
    lines = [(name, value) for value in values]
    return Request(b"GET", b"/", b"/", b"", b"shop.example", [*lines, (b"accept", b"*/*")], dict(lines))


@pytest.mark.parametrize("name", [b"x-forwarded-for", b"forwarded", b"via"])
def test_all_lines_of_a_list_are_kept_in_their_order(name: bytes) -> None:
    forwarded = Forwarded("both", ("10.0.0.0/8",), "trigate-1")
    told = dict(forwarded.fields(_repeated(name, b"one", b"two, three", b"four"), Peer("10.1.2.3", 5000)))
    assert told[name].startswith(b"one, two, three, four, ")


def test_a_loop_is_seen_in_whichever_line_of_via_it_shows() -> None:
    request = _repeated(b"via", b"1.1 trigate-1", b"1.1 cache")
    with pytest.raises(LoopDetected):
        Forwarded("none", (), "trigate-1").fields(request, Peer("10.1.2.3", 5000))

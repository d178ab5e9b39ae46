"""Who is at the other end."""

from typing import Any

from trigate.core.request import Peer
from trigate.inbound.peer import Origin, read_peer


class Told:
    """A transport that knows these things."""

    def __init__(self, **known: Any) -> None:
        self.known = known

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.known.get(name, default)


def peer(origin: Origin | None = None, **known: Any) -> Peer:
    told: Any = Told(**known)
    return read_peer(told, origin)


def test_a_tcp_caller_has_address_and_port():
    assert peer(peername=("::1", 5, 0, 0), sockname=("::1", 80, 0, 0)) == Peer("::1", 5, False, 80)


def test_a_caller_on_a_unix_socket_has_none():
    assert peer(peername="", sockname="/run/a") == Peer("unix")
    assert peer() == Peer("unix")


def test_a_trusted_sender_is_believed_before_the_socket():
    found = peer(Origin("192.0.2.7", 9), peername=("127.0.0.1", 5), sockname=("127.0.0.1", 80))
    assert found == Peer("192.0.2.7", 9, False, 80)


def test_a_client_certificate_is_known():
    found = peer(peername=("127.0.0.1", 5), sockname=("127.0.0.1", 80), ssl_object=object(), peercert_der=b"der")
    assert (found.tls, found.certificate) == (True, b"der")

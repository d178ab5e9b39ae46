"""Settings of the way in: safe without a word, and clear about what cannot be."""

import msgspec
import pytest

from trigate.core.settings import Duration, Size
from trigate.inbound.settings import (
    CertificateSettings,
    InboundLimits,
    InboundSettings,
    ListenerSettings,
    ListenerTls,
)


def test_by_default_only_this_machine_may_connect():
    (listener,) = InboundSettings().listeners
    assert (listener.address, listener.tls, listener.proxy_protocol) == ("127.0.0.1:8080", None, False)


def test_listen_takes_one_or_several_addresses_or_objects():
    several = msgspec.convert({"listen": [":80", {"address": "unix:/a"}]}, InboundSettings)
    assert [each.address for each in several.listeners] == [":80", "unix:/a"]
    single = msgspec.convert({"listen": {"address": "[::1]:1"}}, InboundSettings)
    assert single.listeners == (ListenerSettings(address="[::1]:1"),)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: InboundSettings(workers=0), "workers must be from 1 to 256"),
        (lambda: InboundSettings(listen=[]), "at least one address"),
        (lambda: InboundSettings(listen="nowhere"), "not an address"),
        (lambda: InboundSettings(listen=["127.0.0.1:1", "127.0.0.1:1"]), "twice"),
        (lambda: ListenerSettings(address="a"), "not an address"),
        (lambda: ListenerSettings(address=":1", proxy_protocol=True), "trusted_senders"),
        (lambda: ListenerSettings(address=":1", trusted_senders=["x"]), "x"),
        (lambda: ListenerTls(certificates=[]), "at least one"),
        (
            lambda: ListenerTls(
                certificates=[CertificateSettings(certificate_file="a", key_file="b")], client_certificates="required"
            ),
            "client_ca_file",
        ),
        (lambda: InboundLimits(head=Size(10)), "1024"),
        (lambda: InboundLimits(fields=0), "at least 1"),
    ],
)
def test_what_cannot_be_is_said_when_it_is_loaded(make: object, words: str):
    with pytest.raises(ValueError, match=words):
        make()  # pyright: ignore[reportCallIssue]


def test_bounds_and_patience_have_values():
    found = InboundSettings()
    assert found.limits.head == 32 * 1024
    assert found.timeouts.keep_alive == Duration(75)

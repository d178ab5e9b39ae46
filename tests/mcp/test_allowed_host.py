"""Which hosts an entry of the list means."""

import pytest

from trigate.mcp.allowed_host import AllowedHosts, check_hosts


@pytest.mark.parametrize(
    ("entry", "host", "port", "allowed"),
    [
        ("api.example.com", "api.example.com", 443, True),
        ("api.example.com", "API.Example.com.", 443, True),
        ("api.example.com", "api.example.com", 80, False),
        ("api.example.com:8443", "api.example.com", 8443, True),
        ("api.example.com:8443", "api.example.com", 443, False),
        ("api.example.com:*", "api.example.com", 22, True),
        ("*.example.com", "a.b.example.com", 443, True),
        ("*.example.com", "example.com", 443, False),
        ("*.example.com", "badexample.com", 443, False),
        ("example.com", "example.com.evil.net", 443, False),
        ("*", "anything.net", 443, True),
        ("*", "anything.net", 25, False),
        ("[::1]:80", "::1", 80, True),
    ],
)
def test_an_entry_means_its_host_and_port_alone(entry: str, host: str, port: int, allowed: bool):
    check_hosts((entry,))
    assert AllowedHosts((entry,)).allows(host, port) is allowed


@pytest.mark.parametrize(
    "entry", ["", "https://a.example", "a b", "a.example:0", "a.example:99999", "a*.example", "-a"]
)
def test_what_is_no_host_is_refused(entry: str):
    with pytest.raises(ValueError, match="not a host"):
        check_hosts((entry,))


def test_only_an_address_written_out_is_the_operators_own():
    hosts = AllowedHosts(("127.0.0.1:80", "*", "localhost:80"))
    assert hosts.is_own("127.0.0.1", 80)
    assert not hosts.is_own("127.0.0.1", 443)
    assert not hosts.is_own("127.0.0.2", 80)
    assert not hosts.is_own("localhost", 80)

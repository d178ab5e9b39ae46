"""Addresses as an operator writes them."""

import pytest

from trigate.inbound.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080)),
        ("[::1]:8080", Address("::1", 8080)),
        (":80", Address("", 80)),
        ("localhost:0", Address("localhost", 0)),
        ("unix:/run/gateway.sock", Address(path="/run/gateway.sock")),
    ],
)
def test_an_address_has_its_parts(text: str, address: Address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "8080", "a", "a:", "a:b", "a:65536", "::1:80", "[::1]", "unix:", "http://a:80", "a:80 "]
)
def test_anything_else_is_refused_with_an_example(text: str):
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:8080|unix:/path"):
        parse_address(text)

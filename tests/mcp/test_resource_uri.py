"""An address with its server leads back to both."""

from hypothesis import given
from hypothesis import strategies as st

from trigate.mcp.resource_uri import apart, taken_apart


@given(st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True), st.text())
def test_what_is_put_together_is_taken_apart(server: str, uri: str):
    assert taken_apart(apart(server, uri)) == (server, uri)


def test_other_addresses_name_no_server():
    assert taken_apart("file:///trigate://a/b") is None
    assert taken_apart("trigate://") == ("", "")

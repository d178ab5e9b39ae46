"""Reading upstream URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.outbound.url import Url, read_url


@pytest.mark.parametrize(
    ("text", "read", "authority"),
    [
        ("http://a.example", Url("http", "a.example", 80, ""), "a.example"),
        ("https://A.Example:443/", Url("https", "a.example", 443, ""), "a.example"),
        ("http://a.example:443/v1/", Url("http", "a.example", 443, "/v1"), "a.example:443"),
        ("http://[2001:DB8::1]:81/x", Url("http", "2001:db8::1", 81, "/x"), "[2001:db8::1]:81"),
        ("http://10.0.0.5:9000", Url("http", "10.0.0.5", 9000, ""), "10.0.0.5:9000"),
        ("http://my_service/a%20b", Url("http", "my_service", 80, "/a%20b"), "my_service"),
        ("unix:/run/app.sock", Url("unix", "", 0, "/run/app.sock"), "localhost"),
    ],
)
def test_a_url_is_read(text: str, read: Url, authority: str):
    assert read_url(text) == read
    assert read_url(text).authority == authority


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "//a", "http:a", "http:/a", "http://", "http:///x", "HTTP://a", "ws://a", "file:///x", "unix:x", "http://a:0",
        "http://a:65536", "http://a:", "http://a:8 0", "http://a:８０", "http://a:+1", "http://[::1", "http://[a]", "http://[::1]x",
        "http://[::1]:", "http://[fe80::1%25eth0]/", "http://u@a", "http://u:geheim@a", "http://a/?x", "http://a/#x", "http://a?x",
        "http://a/../b", "http://a/./b", "http://a/%2e%2E/b", "http://a/.%2e", "http://a/b c", "http://a/\\b", "http://a/ü",
        "http://a/\r\nx", "http://ü.example", "http://a..b", "http://-a", "http://a-", "http://a\\b", "http://a\0",
    ],
)  # fmt: skip
def test_what_two_readers_could_understand_differently_is_refused_without_showing_it(text: str):
    with pytest.raises(ValueError, match=r".") as caught:
        read_url(text)
    assert "geheim" not in str(caught.value)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_and_what_is_read_is_plain(text: str):
    try:
        read = read_url(f"http://{text}")
    except ValueError:
        return
    assert read.host
    assert read.host.isascii()
    assert 0 < read.port < 65536
    assert not set(read.authority + read.path) & set(" \r\n\t\0@\\?#")

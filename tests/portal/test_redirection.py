"""Redirect URIs: which there may be, and when two are the same."""

import pytest

from trigate.portal.redirection import check_redirect, fits, is_local

GOOD = [
    "https://client.example/callback", "https://client.example:8443/cb?x=1", "http://127.0.0.1:3000/cb",
    "http://localhost/cb", "http://[::1]:5/cb", "cursor://anysphere.cursor-mcp/oauth/callback", "com.example.app:/cb",
]  # fmt: skip
BAD = [
    "", "/callback", "client.example/cb", "http://client.example/cb", "https:///cb", "https://user@client.example/cb",
    "https://client.example/cb#x", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd",
    "vbscript:x", "https://client.example/ cb", "https://client.example/\ncb", 'https://client.example/"', "https://*/cb",
    "https://client.example\\@evil.example/", "https://client.example:port/", "https://client.example/" + "x" * 3000,
    "https://clıent.example/cb",
]  # fmt: skip


@pytest.mark.parametrize("uri", GOOD)
def test_browsers_can_be_led_there(uri: str):
    check_redirect(uri)
    assert fits(uri, [uri])


@pytest.mark.parametrize("uri", BAD)
def test_browsers_are_never_led_there(uri: str):
    with pytest.raises(ValueError, match=r"redirect URI|[Pp]ort|IPv6"):
        check_redirect(uri)
    assert not fits(uri, GOOD)


@pytest.mark.parametrize(
    ("uri", "registered", "same"),
    [
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:2/cb", True),
        ("http://localhost:1/cb", "http://localhost:2/cb", True),
        ("http://localhost:1/cb", "http://127.0.0.1:1/cb", False),
        ("http://127.0.0.1:1/cb/", "http://127.0.0.1:1/cb", False),
        ("http://127.0.0.1:1/cb?x", "http://127.0.0.1:1/cb", False),
        ("https://127.0.0.1:1/cb", "https://127.0.0.1:2/cb", False),
        ("https://client.example:1/cb", "https://client.example:2/cb", False),
        ("https://client.example/CB", "https://client.example/cb", False),
        ("https://client.example/%63b", "https://client.example/cb", False),
    ],
)
def test_letter_by_letter_but_for_the_port_of_loopback(uri: str, registered: str, same: bool):
    assert fits(uri, [registered]) is same


def test_people_are_told_whether_it_is_their_own_computer():
    assert [is_local(each) for each in GOOD] == [False, False, True, True, True, True, True]

"""The portal's own address: an origin, and one that nobody can listen to."""

import pytest

from trigate.portal.settings import PortalSettings


@pytest.mark.parametrize(
    "url", ["https://gateway.example", "https://gateway.example:8443", "http://127.0.0.1:8080", "http://[::1]:8080"]
)
def test_an_origin_is_accepted(url: str):
    assert PortalSettings(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "", "gateway.example", "ftp://gateway.example", "https://gateway.example/", "https://gateway.example/portal",
        "https://Gateway.example", "https://user@gateway.example", "https://gateway.example?x", "https://g.example#x",
        "http://gateway.example", "http://10.0.0.1",
    ],
)  # fmt: skip
def test_anything_else_is_refused(url: str):
    with pytest.raises(ValueError, match="`url`"):
        PortalSettings(url=url)


def test_pages_that_nobody_may_visit_are_refused():
    with pytest.raises(ValueError, match="visits"):
        PortalSettings(url="https://gateway.example", visits=0)

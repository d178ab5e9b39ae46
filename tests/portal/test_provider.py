"""What is kept of a browser that is sent away."""

from trigate.portal.provider import digest_browser


def test_a_browser_is_known_again_by_a_digest():
    assert digest_browser("canary") != digest_browser("other")
    assert "canary" not in digest_browser("canary")

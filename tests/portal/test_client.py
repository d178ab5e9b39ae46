"""What people are shown of a client, and where it may be reached."""

from trigate.portal.client import LONGEST_TITLE, Client, clean_title, digest_secret


def test_a_title_is_one_short_line_with_nothing_hidden():
    assert clean_title("A\u202e\n b\u200b  c") == "A b c"
    assert clean_title("x" * 1000) == "x" * LONGEST_TITLE
    assert clean_title(7) == ""


def test_a_client_is_reached_where_it_said():
    client = Client(id="c", origin="file", redirects=("https://client.example/cb",))
    assert client.leads_to("https://client.example/cb")
    assert not client.leads_to("https://client.example/other")


def test_a_secret_is_kept_as_a_digest():
    assert digest_secret("canary") != digest_secret("other")
    assert "canary" not in digest_secret("canary")

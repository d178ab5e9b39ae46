"""Requests on their way through a person's browser, and answers to clients."""

import pytest

from trigate.core.clock import clock
from trigate.core.errors import BadRequest
from trigate.portal.client import Client
from trigate.portal.refused import Refused
from trigate.portal.request import Envelope, Request, answer_to, read_request
from trigate.portal.resource import Resource, Resources

RESOURCES = Resources("https://gateway.example", [Resource("/mcp", scopes=("mcp:tools",))])
CLIENT = Client(id="c", origin="file")
FIELDS = {"response_type": "code", "code_challenge": "c" * 43, "code_challenge_method": "S256", "state": "s"}
CB = "https://client.example/cb"


def test_a_request_is_read_and_comes_back_as_it_was():
    request = read_request(FIELDS, CLIENT, CB, RESOURCES)
    assert (request.resource, request.scope, request.state) == ("https://gateway.example/mcp", "mcp:tools", "s")
    envelope = Envelope(b"k" * 32)
    opened = envelope.open(envelope.close(request, "browser", "ada"), "browser", "ada")
    assert (opened.client, opened.redirect, opened.challenge) == ("c", CB, "c" * 43)


def test_a_client_that_asks_nobody_is_refused():
    with pytest.raises(Refused):
        read_request(FIELDS, Client(id="c", origin="file", grants=("client_credentials",)), CB, RESOURCES)


def test_an_envelope_opens_for_one_browser_and_user_for_a_while(monkeypatch: pytest.MonkeyPatch):
    envelope = Envelope(b"k" * 32)
    sealed = envelope.close(
        Request(client="c", title="", redirect=CB, challenge="", resource="", path="", scope=""), "b", "u"
    )
    for browser, user, text in (
        ("x", "u", sealed),
        ("b", "x", sealed),
        ("b", "u", ""),
        ("b", "u", "ä"),
        ("b", "u", "AAAA"),
    ):
        with pytest.raises(BadRequest):
            envelope.open(text, browser, user)
    later = clock.wall_ns() + 601 * 10**9
    monkeypatch.setattr(clock, "wall_ns", lambda: later)
    with pytest.raises(BadRequest, match="too old"):
        envelope.open(sealed, "b", "u")


def test_an_answer_says_who_answers_and_hides_nothing_in_its_parts():
    assert (
        answer_to(CB, "https://g.example", "a&b=c", code="x y")
        == f"{CB}?code=x%20y&state=a%26b%3Dc&iss=https%3A%2F%2Fg.example"
    )
    assert answer_to(CB + "?q=1", "https://g.example", "", code="x") == f"{CB}?q=1&code=x&iss=https%3A%2F%2Fg.example"

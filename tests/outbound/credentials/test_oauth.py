"""What a file may say about logging in to a server."""

from typing import Any

import pytest

from tests.outbound.oauth.test_assertion import KEYS, pem
from trigate.core.connection import GATEWAY, Subject
from trigate.core.errors import Forbidden
from trigate.core.principal import ANONYMOUS, Principal
from trigate.core.settings import Secret
from trigate.outbound.credentials.oauth import Oauth

ADA = Principal("k", frozenset(), user="ada", team="sales", organisation="acme")
URL = "https://s.example/mcp"


def test_a_connection_is_whose_the_file_says():
    assert Oauth().subject(ADA) == Subject("acme", user="ada")
    assert Oauth(per="team").subject(ADA) == Subject("acme", team="sales")
    assert Oauth(per="gateway").subject(ADA) == GATEWAY
    with pytest.raises(Forbidden):
        Oauth(per="team").subject(Principal("k", frozenset(), user="ada"))


@pytest.mark.parametrize("per", ["user", "team"])
def test_strangers_share_no_connection(per: Any):
    with pytest.raises(Forbidden):
        Oauth(per=per).subject(Principal(ANONYMOUS, frozenset()))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"client_id": "c"}, "needs `issuer`"),
        ({"client_secret": Secret("x")}, "needs the `client_id`"),
        ({"client_id": "c", "issuer": "i", "client_secret": Secret("x"), "private_key": Secret("y")}, "either"),
        ({"client_id": "c", "issuer": "i", "private_key": Secret("y")}, "PEM|deserialize|key"),
        ({"client_metadata_url": "http://x"}, "https"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], told: str):
    with pytest.raises(ValueError, match=told):
        Oauth(**settings)


def test_the_plan_says_where_browsers_come_back_to():
    plan = Oauth(scope=("a",)).plan("it", URL, "https://g.example")
    assert (plan.callback, plan.document) == (
        "https://g.example/connect/callback",
        "https://g.example/connect/client.json",
    )
    assert Oauth().plan("it", URL, "http://127.0.0.1:8080").document == ""
    assert Oauth(client_metadata_url="https://x.example/d").plan("it", URL, "").document == "https://x.example/d"
    assert Oauth().plan("it", URL, "").callback == ""


def test_the_client_of_the_file_proves_itself_as_it_says():
    named = {"client_id": "c", "issuer": "https://as.example"}
    for settings, method in (
        ({}, "none"),
        ({"client_secret": Secret("canary")}, "client_secret_basic"),
        ({"client_secret": Secret("canary"), "method": "client_secret_post"}, "client_secret_post"),
        ({"private_key": Secret(pem(KEYS["ES256"]))}, "private_key_jwt"),
    ):
        client = Oauth(**named, **settings).plan("it", URL, "").client  # type: ignore[arg-type]
        assert client is not None
        assert client.method == method
    assert "canary" not in repr(Oauth(**named, client_secret=Secret("canary")))  # type: ignore[arg-type]

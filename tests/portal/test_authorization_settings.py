"""Settings of the built-in authorization server."""

from typing import Any

import pytest

from tests.policy.issuer import SigningKey, key_set
from trigate.core.settings import Duration, Secret
from trigate.portal.authorization_settings import AuthorizationSettings, ClientSettings

REDIRECT = "https://client.example/cb"
SECRET = Secret("a-long-secret-of-a-client")


def test_clients_of_every_sort_can_be_written():
    ClientSettings(redirect_uris=(REDIRECT,))
    ClientSettings(redirect_uris=(REDIRECT,), secret=SECRET)
    ClientSettings(grants=("client_credentials",), keys=key_set(SigningKey("k")))
    ClientSettings(grants=("jwt_bearer",), secret=SECRET)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"redirect_uris": ("http://client.example/cb",)},
        {"redirect_uris": (REDIRECT,), "secret": Secret("short")},
        {"redirect_uris": (REDIRECT,), "keys": '{"keys": []}'},
        {"redirect_uris": (REDIRECT,), "secret": SECRET, "keys": key_set(SigningKey("k"))},
        {"grants": ("client_credentials",)},
        {"grants": ("jwt_bearer",)},
    ],
)
def test_clients_that_could_not_work_or_be_trusted_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=r"client|keys|redirect"):
        ClientSettings(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"access_token": Duration(10)},
        {"access_token": Duration(90_000)},
        {"idle": Duration(60)},
        {"idle": Duration(100 * 86400)},
        {"grace": Duration(7200)},
        {"key_life": Duration(60)},
        {"clients": {"a/b": ClientSettings(redirect_uris=(REDIRECT,))}},
    ],
)
def test_lives_that_make_no_sense_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=r"`|client id"):
        AuthorizationSettings(**wrong)

"""What clients say of themselves."""

from typing import Any

import pytest

from trigate.portal.client_description import read_grants, read_redirects
from trigate.portal.refused import Refused

CB = "https://client.example/cb"


def test_redirects_and_grants_are_read():
    assert read_redirects({"redirect_uris": [CB]}) == (CB,)
    assert read_grants({}) == ("authorization_code",)
    wanted = ["implicit", "refresh_token", "authorization_code"]
    assert read_grants({"grant_types": wanted}) == ("authorization_code", "refresh_token")


@pytest.mark.parametrize("value", [None, [], "x", [7], [CB] * 11, ["javascript:x"]])
def test_redirects_that_cannot_be_are_refused(value: Any):
    with pytest.raises(Refused) as refused:
        read_redirects({"redirect_uris": value}, "invalid_redirect_uri")
    assert refused.value.error == "invalid_redirect_uri"


@pytest.mark.parametrize("value", [[], ["refresh_token"], "authorization_code", None, ["client_credentials"]])
def test_clients_that_ask_nobody_do_not_register(value: Any):
    with pytest.raises(Refused):
        read_grants({"grant_types": value})

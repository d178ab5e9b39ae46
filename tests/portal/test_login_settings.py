"""Ways to log in."""

import pytest

from trigate.core.settings import Duration
from trigate.portal.login_settings import LoginSettings, ProviderSettings


def provider(**more: object) -> ProviderSettings:
    return ProviderSettings(**{"issuer": "https://idp.example", "client_id": "c", **more})  # type: ignore[arg-type]


def test_a_provider_is_described():
    assert LoginSettings(providers={"corp": provider()}).providers["corp"].user == "email"


@pytest.mark.parametrize("name", ["", "Corp", "a/b", "password", "key", "x" * 33])
def test_names_of_providers_stand_in_addresses(name: str):
    with pytest.raises(ValueError, match="name"):
        LoginSettings(providers={name: provider()})


@pytest.mark.parametrize("wrong", [{"issuer": "idp.example"}, {"scopes": ("email",)}])
def test_what_cannot_work_is_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError, match="`"):
        provider(**wrong)


def test_a_session_has_an_end():
    with pytest.raises(ValueError, match="session"):
        LoginSettings(session=Duration(10**9))

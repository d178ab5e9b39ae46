"""Errors of the protocol."""

from trigate.portal.refused import Refused, unknown_client


def test_an_unknown_client_is_told_how_to_prove_itself():
    error = unknown_client()
    assert (error.error, error.status) == ("invalid_client", 401)
    assert error.headers == [(b"www-authenticate", b'Basic realm="trigate"')]
    assert Refused("invalid_grant", "no").status == 400

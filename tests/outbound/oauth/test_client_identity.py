"""How the gateway proves itself at a token endpoint."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trigate.outbound.oauth.client_identity import ClientIdentity, Method, choose_method


def test_each_method_sends_what_it_should_and_no_more():
    secret = "canary/ü"
    form, fields = ClientIdentity("a b", secret, "client_secret_basic").prove("x")
    assert form == {}
    assert b64decode(fields[0][1].removeprefix(b"Basic ")) == b"a+b:canary%2F%C3%BC"
    assert ClientIdentity("a", secret, "client_secret_post").prove("x") == (
        {"client_id": "a", "client_secret": secret},
        [],
    )
    assert ClientIdentity("a", secret, "none").prove("x") == ({"client_id": "a"}, [])


def test_a_signed_statement_is_made_anew_for_each_request():
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    client = ClientIdentity("a", method="private_key_jwt", private_key=pem)
    (one, _), (other, _) = client.prove("x"), client.prove("x")
    assert one["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert one["client_assertion"] != other["client_assertion"]
    assert pem not in repr(client)


@pytest.mark.parametrize(
    ("supported", "secret", "chosen"),
    [
        (("client_secret_post", "client_secret_basic"), "s", "client_secret_basic"),
        (("client_secret_post",), "s", "client_secret_post"),
        (("none",), "s", "none"),
        (("private_key_jwt",), "s", "client_secret_basic"),
        (("client_secret_basic",), "", "none"),
    ],
)
def test_the_method_is_one_that_both_know(supported: tuple[str, ...], secret: str, chosen: Method):
    assert choose_method(supported, secret) == chosen

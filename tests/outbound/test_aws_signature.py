"""Signatures as AWS computes them: its published test suite for version 4."""

from hashlib import sha256

import pytest

from trigate.core.clock import clock
from trigate.core.settings import Secret, Size
from trigate.outbound.aws_signature import Signer, canonical_request
from trigate.outbound.credential import Outgoing
from trigate.outbound.credentials.sigv4 import SigV4

KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SETTINGS = SigV4(access_key_id="AKIDEXAMPLE", secret_access_key=Secret(KEY), region="us-east-1", service="service")
HOST = "example.amazonaws.com"
TIME = "20150830T123600Z"
SECONDS = 1440938160


@pytest.fixture
def at_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "wall_ns", lambda: SECONDS * 10**9)


@pytest.mark.parametrize(
    ("method", "target", "signature"),
    [
        (b"GET", b"/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (b"POST", b"/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (b"GET", b"/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ],
    ids=["get-vanilla", "post-vanilla", "get-vanilla-query-order-key-case"],
)
def test_a_signature_is_the_published_one(method: bytes, target: bytes, signature: str) -> None:
    request = Outgoing(method, target, HOST.encode(), b"")
    fields = {"host": HOST, "x-amz-date": TIME}
    value = Signer(SETTINGS).authorization(request, fields, TIME, sha256(b"").hexdigest())
    assert value == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}"
    )


def test_what_is_sent_is_what_is_signed(at_that_time: None) -> None:
    request = Outgoing(b"POST", b"/model/a%3Ab/converse", HOST.encode(), b'{"a":1}')
    lines = dict(line.split(": ", 1) for line in Signer(SETTINGS).lines(request).decode().splitlines())
    assert lines["x-amz-date"] == TIME
    assert lines["x-amz-content-sha256"] == sha256(b'{"a":1}').hexdigest()
    assert "SignedHeaders=host;x-amz-content-sha256;x-amz-date," in lines["authorization"]
    other = Outgoing(request.method, request.target, request.authority, b'{"a":2}')
    assert lines["authorization"] not in Signer(SETTINGS).lines(other).decode()


def test_temporary_credentials_send_their_token_signed(at_that_time: None) -> None:
    settings = SigV4(
        access_key_id="A", secret_access_key=Secret(KEY), session_token=Secret("tok"), region="r", service="s"
    )
    lines = Signer(settings).lines(Outgoing(b"GET", b"/", HOST.encode(), b"")).decode()
    assert "x-amz-security-token: tok\r\n" in lines
    assert "x-amz-security-token," in lines


@pytest.mark.parametrize(
    ("service", "body", "digest", "limit"),
    [
        ("bedrock", b"a", sha256(b"a").hexdigest(), 1000),
        ("s3", b"a", sha256(b"a").hexdigest(), 0),
        ("s3", None, "UNSIGNED-PAYLOAD", 0),
        ("vpc-lattice-svcs", b"a", "UNSIGNED-PAYLOAD", 0),
    ],
)
def test_a_body_is_signed_where_the_service_demands_it(service: str, body: bytes, digest: str, limit: int) -> None:
    kind = SigV4(access_key_id="A", secret_access_key=Secret(KEY), region="r", service=service, max_body=Size(1000))
    signer = Signer(kind)
    assert signer.body_limit == limit
    assert f"x-amz-content-sha256: {digest}\r\n".encode() in signer.lines(Outgoing(b"PUT", b"/a", b"h", body))


def test_the_path_of_s3_is_signed_as_it_is_sent() -> None:
    request = Outgoing(b"GET", b"/a%20b//c", b"h", b"")
    assert canonical_request(request, {"host": "h"}, "d", plain=True).splitlines()[1] == "/a%20b//c"
    assert canonical_request(request, {"host": "h"}, "d").splitlines()[1] == "/a%2520b/c"


def test_the_secret_itself_never_travels(at_that_time: None) -> None:
    signer = Signer(SETTINGS)
    assert KEY.encode() not in signer.lines(Outgoing(b"GET", b"/", HOST.encode(), b""))
    assert KEY.encode() in signer.secrets()

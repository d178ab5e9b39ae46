"""What is signed, by the examples of the standard; keys are tried in authenticators/test_signature.py."""

import base64
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.policy.authenticators.test_api_key import exchange
from trigate.core.request import Request
from trigate.policy.message_signature import names, nonce_digest, signature_base
from trigate.policy.structured_field import InnerList, read_dictionary


def example() -> Request:
    """The request of RFC 9421 appendix B.2."""
    fields = {
        b"host": b"example.com",
        b"date": b"Tue, 20 Apr 2021 02:07:55 GMT",
        b"content-type": b"application/json",
        b"content-length": b"18",
    }
    request = exchange().request
    request.method, request.path, request.query = b"POST", b"/foo", b"param=Value&Pet=dog"
    request.target, request.authority = b"/foo?param=Value&Pet=dog", b"example.com"
    request.headers, request.fields = list(fields.items()), fields
    return request


def covered(text: str) -> InnerList:
    found = read_dictionary(f"sig={text}")["sig"]
    assert isinstance(found, InnerList)
    return found


def test_the_shared_secret_of_the_standard_signs_what_is_read_here() -> None:
    # RFC 9421 appendices B.1.5 and B.2.5.
    secret = base64.b64decode(
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    )
    base = signature_base(
        example(), covered('("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"')
    )
    expected = base64.b64decode("pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=")
    assert hmac.digest(secret, base, "sha256") == expected


def test_the_edwards_key_of_the_standard_signs_what_is_read_here() -> None:
    # RFC 9421 appendices B.1.4 and B.2.6.
    public = ed25519.Ed25519PublicKey.from_public_bytes(
        base64.b64decode("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
    )
    base = signature_base(
        example(),
        covered(
            '("date" "@method" "@path" "@authority" "content-type" "content-length")'
            ';created=1618884473;keyid="test-key-ed25519"'
        ),
    )
    public.verify(
        base64.b64decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="),
        base,
    )


@pytest.mark.parametrize(
    ("component", "value"),
    [
        ('"@method"', b"POST"),
        ('"@path"', b"/foo"),
        ('"@query"', b"?param=Value&Pet=dog"),
        ('"@request-target"', b"/foo?param=Value&Pet=dog"),
        ('"@target-uri"', b"http://example.com/foo?param=Value&Pet=dog"),
        ('"@authority"', b"example.com"),
        ('"@scheme"', b"http"),
        ('"@query-param";name="Pet"', b"dog"),
        ('"x-many"', b"a, b"),
    ],
)
def test_every_component_is_taken_from_the_request(component: str, value: bytes) -> None:
    request = example()
    request.headers += [(b"x-many", b" a "), (b"x-many", b"b")]
    base = signature_base(request, covered(f"({component});created=1"))
    assert base == b'%b: %b\n"@signature-params": (%b);created=1' % (component.encode(), value, component.encode())


def test_the_port_that_is_the_scheme_s_own_is_not_signed() -> None:
    request = example()
    request.authority = b"example.com:80"
    assert b'"@authority": example.com\n' in signature_base(request, covered('("@authority")'))
    request.authority = b"example.com:8080"
    assert b'"@authority": example.com:8080\n' in signature_base(request, covered('("@authority")'))


@pytest.mark.parametrize(
    "text",
    [
        '("@status")',
        '("@method";req)',
        '("x-none")',
        '("Date")',
        '("date" "date")',
        '("date";sf)',
        '("@query-param";name="none")',
        '("@query-param")',
        "(1)",
    ],
)
def test_what_cannot_be_signed_here_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever it is
        signature_base(example(), covered(text))


def test_only_whole_components_count_as_covered() -> None:
    assert names(covered('("@method" "@query-param";name="a" "date";bs)')) == {"@method"}


def test_nonces_of_different_keys_never_meet() -> None:
    assert nonce_digest("a", "bc") != nonce_digest("ab", "c")

"""What an answer's head means."""

import math

import pytest

from trigate.core.fields import HOP_BY_HOP
from trigate.core.parts import Headers
from trigate.outbound import response
from trigate.outbound.response import MAX_NAME, MAX_NAMES, NAMES, check_reason, learn, safe_trailers, weigh


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test remembers nothing of others."""
    monkeypatch.setattr(response, "_known", {})


def test_names_that_pass_are_learned_in_lower_case_and_hop_by_hop_and_own_ones_never(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(response, "NAMES", {})
    assert learn(b"X-Some-Thing") == b"x-some-thing"
    assert response.NAMES == {b"X-Some-Thing": b"x-some-thing"}
    for name in [*HOP_BY_HOP, b"X-Trigate-Principal"]:
        assert learn(name.title()) is None
    assert len(response.NAMES) == 1


def test_what_is_learned_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(response, "NAMES", {})
    for index in range(MAX_NAMES + 10):
        assert learn(b"X-%d" % index) == b"x-%d" % index
    learn(b"x" * (MAX_NAME + 1))
    assert len(response.NAMES) == MAX_NAMES
    assert NAMES is not response.NAMES


@pytest.mark.parametrize(
    ("version", "hop", "persists"),
    [
        ("1.1", [], True),
        ("1.0", [], False),
        ("1.1", [(b"connection", b"close")], False),
        ("1.1", [(b"connection", b"x, Close")], False),
        ("1.0", [(b"connection", b"Keep-Alive")], True),
    ],
)
def test_whether_the_connection_persists(version: str, hop: Headers, persists: bool):
    assert weigh(version, hop).persists is persists
    assert weigh(version, hop) is weigh(version, list(hop)) or not hop


def test_named_fields_are_dropped_and_options_are_not_fields():
    assert weigh("1.1", [(b"connection", b"X-Hop, keep-alive"), (b"connection", b"x-two,close,")]).named == {
        b"x-hop", b"x-two",
    }  # fmt: skip


@pytest.mark.parametrize("version", ["0.9", "1.2", "2.0", "3.0"])
def test_other_versions_are_refused(version: str):
    with pytest.raises(ValueError, match="version"):
        weigh(version, [])


@pytest.mark.parametrize("value", [b"gzip", b"chunked, chunked", b"gzip, chunked", b"identity", b"", b"chunked;q=1"])
def test_other_codings_are_refused(value: bytes):
    with pytest.raises(ValueError, match="coding"):
        weigh("1.1", [(b"transfer-encoding", value)])


def test_chunked_is_chunked_once_and_not_in_http_10():
    assert weigh("1.1", [(b"transfer-encoding", b"Chunked")]).chunked
    with pytest.raises(ValueError, match="coding"):
        weigh("1.0", [(b"transfer-encoding", b"chunked")])
    with pytest.raises(ValueError, match="coding"):
        weigh("1.1", [(b"transfer-encoding", b"chunked")] * 2)


@pytest.mark.parametrize(
    ("value", "rest"),
    [
        (b"timeout=5", 4),
        (b"timeout=5, max=100", 4),
        (b"max=100, timeout=5", 4),
        (b"timeout=0", 0),
        (b"max=5", math.inf),
        (b"x", math.inf),
    ],
)
def test_how_long_an_upstream_keeps_a_connection(value: bytes, rest: float):
    assert weigh("1.1", [(b"keep-alive", value)]).rest == rest


def test_endless_combinations_are_not_remembered():
    for index in range(response.MAX_KNOWN * 2):
        weigh("1.1", [(b"connection", b"x-%d" % index)])
    assert len(response._known) <= response.MAX_KNOWN


def test_a_reason_is_text():
    assert check_reason(b"Not \xc3\xbc Found") == b"Not \xc3\xbc Found"
    for reason in (b"a\0", b"a\x7f", b"\x1b[31m"):
        with pytest.raises(ValueError, match="control"):
            check_reason(reason)


def test_trailers_that_frame_or_authenticate_are_dropped():
    assert safe_trailers([(b"x", b"1"), (b"authorization", b"x"), (b"content-length", b"1"), (b"host", b"a")]) == [
        (b"x", b"1")
    ]

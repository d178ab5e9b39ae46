"""Request lines and paths: served as they are sent, or refused."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest, HeadTooLarge, MethodNotAllowed
from trigate.inbound.target import REMEMBERED_LINES, known, read_authority, read_line, refuse_ambiguous

LIMIT = 8192


def test_a_line_is_taken_apart():
    line = read_line(b"GET /a/b?c=d?e HTTP/1.0", LIMIT)
    assert (line.method, line.target, line.path, line.query) == (b"GET", b"/a/b?c=d?e", b"/a/b", b"c=d?e")
    assert (line.version, line.authority) == (b"1.0", b"")


@pytest.mark.parametrize(
    ("target", "path"), [(b"http://a", b"/"), (b"http://a?b", b"/"), (b"HTTPS://a:1/b/c?d", b"/b/c")]
)
def test_an_absolute_target_gives_its_path(target: bytes, path: bytes):
    line = read_line(b"GET " + target + b" HTTP/1.1", LIMIT)
    assert line.path == path
    assert line.target.startswith(b"/")


def test_a_line_with_a_query_is_not_remembered_because_it_may_hold_a_secret():
    read_line(b"GET /remembered HTTP/1.1", LIMIT)
    read_line(b"GET /forgotten?key=secret HTTP/1.1", LIMIT)
    assert b"GET /remembered HTTP/1.1" in known
    assert not any(b"secret" in line for line in known)


def test_memory_is_bounded():
    for number in range(REMEMBERED_LINES * 2):
        read_line(b"GET /%x HTTP/1.1" % number, LIMIT)
        read_authority(b"a%d" % number)
    assert len(known) <= REMEMBERED_LINES


def test_what_is_not_served_says_what_is():
    with pytest.raises(MethodNotAllowed) as refused:
        read_line(b"TRACE / HTTP/1.1", LIMIT)
    assert dict(refused.value.headers)[b"allow"].startswith(b"GET, HEAD")


def test_a_long_target_has_its_own_error():
    with pytest.raises(HeadTooLarge, match="8192"):
        read_line(b"GET /" + b"a" * LIMIT + b" HTTP/1.1", LIMIT)


def folded(path: bytes) -> bytes:
    """What the most obliging of servers makes of a path: decodes twice, folds slashes, backslashes and dots."""
    for number in range(256):
        path = path.replace(b"%%%02x" % number, bytes([number])).replace(b"%%%02X" % number, bytes([number]))
    parts: list[bytes] = []
    for part in path.replace(b"\\", b"/").split(b"/"):
        name = part.partition(b";")[0]
        if name == b"..":
            parts = parts[:-1]
        elif name not in (b"", b"."):
            parts.append(part)
    return b"/" + b"/".join(parts)


PIECES = st.sampled_from(
    ["/", "a", "..", ".", "%2e", "%2E", "%2f", "%5c", "\\", ";", "%", "%61", "b", "%252f", "~", "//"]
)


@given(st.lists(PIECES, max_size=8))
def test_a_path_that_is_let_in_is_never_folded_out_of_its_prefix(pieces: list[str]):
    path = b"/public/" + "".join(pieces).encode()
    try:
        refuse_ambiguous(path)
    except BadRequest:
        return
    assume(b"%25" not in path)  # decoded once too often: that server folds what no path can express
    assert folded(path).startswith(b"/public")


@pytest.mark.parametrize(
    "value", [b"A.Example:80", b"[::1]", b"[FE80::1]:8080", b"a", b"1.2.3.4", b"xn--a-0ga.b", b"a_b"]
)
def test_authorities_come_in_lower_case(value: bytes):
    assert read_authority(value) == value.lower()
    assert read_authority(value) == value.lower()


LABEL = set("abcdefghijklmnopqrstuvwxyz0123456789_-")


def is_plain_host(host: str) -> bool:
    """Labels that are not empty, but for one behind a final dot, and no hyphen in front."""
    labels = host.removesuffix(".").split(".")
    return all(label and set(label) <= LABEL for label in labels) and host[0] != "-"


@given(st.text("ab0_-.!A", max_size=12))
def test_a_host_is_labels_between_single_dots(host: str):
    try:
        found = read_authority(host.encode()).decode()
    except BadRequest:
        assert not is_plain_host(host.lower())
    else:
        assert found == host.lower()
        assert is_plain_host(found)


@pytest.mark.parametrize("piece", [b"a", b"a.", b"-a", b"a-", b"_"])
def test_a_long_host_that_is_wrong_at_its_end_is_refused_without_delay(piece: bytes):
    host = (piece * 255)[:255] + b"!"
    with pytest.raises(BadRequest):
        read_authority(host)
    with pytest.raises(BadRequest):
        read_line(b"GET http://" + host + b"/ HTTP/1.1", LIMIT)


@given(st.binary(max_size=30))
def test_an_authority_is_never_more_than_host_and_port(value: bytes):
    try:
        found = read_authority(value)
    except BadRequest:
        return
    assert not set(found) & set(b" \r\n\t/@?#\\,\0")

"""Field lines are read strictly, remembered for speed, and secrets never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.errors import BadRequest, HeadTooLarge
from trigate.core.fields import is_token, is_value
from trigate.inbound.field import OWN, REMEMBERED_LINES, SECRET, known, read_field, refuse_repeated

LIMIT = 16384


def test_a_line_is_name_and_value():
    assert read_field(b"X-Name: \t a b \t", LIMIT) == (b"x-name", b"a b")
    assert known[b"X-Name: \t a b \t"] == (b"x-name", b"a b")


@pytest.mark.parametrize("name", sorted(SECRET))
def test_secrets_are_not_remembered(name: bytes):
    read_field(name.title() + b": canary-of-the-test", LIMIT)
    assert not any(b"canary" in line for line in known)


def test_memory_is_bounded():
    for number in range(REMEMBERED_LINES * 2):
        read_field(b"X-%d: %d" % (number, number), LIMIT)
    assert len(known) <= REMEMBERED_LINES


def test_own_names_stand_for_nothing():
    assert read_field(b"X-Trigate-Anything: root", LIMIT) is OWN
    assert read_field(b"X-Trigate-Users: root", LIMIT) is OWN


def test_the_end_user_is_kept_aside_without_a_name_and_never_remembered():
    assert read_field(b"X-Trigate-User: ada", LIMIT) == (b"", b"ada")
    assert b"X-Trigate-User: ada" not in known
    with pytest.raises(BadRequest):
        read_field(b"X_Trigate_User: ada", LIMIT)


@pytest.mark.parametrize(
    "name", [b"content_length", b"X_Api_Key", b"x_forwarded_proto", b"x-trigate_key", b"X_TRIGATE-a"]
)
def test_names_easily_taken_for_others_are_refused(name: bytes):
    with pytest.raises(BadRequest, match="taken for"):
        read_field(name + b": 1", LIMIT)


def test_the_limit_counts_the_whole_line():
    assert read_field(b"A: " + b"b" * (LIMIT - 3), LIMIT)[0] == b"a"
    with pytest.raises(HeadTooLarge):
        read_field(b"A: " + b"b" * (LIMIT - 2), LIMIT)


def test_only_fields_that_must_be_single_are_refused_twice():
    refuse_repeated([(b"accept", b"a"), (b"accept", b"b")])
    with pytest.raises(BadRequest, match="host"):
        refuse_repeated([(b"host", b"a"), (b"host", b"a")])


@given(st.binary(max_size=40))
def test_whatever_is_let_in_is_a_token_and_a_clean_value(line: bytes):
    try:
        name, value = read_field(line, LIMIT)
    except BadRequest:
        return
    assert not name or (is_token(name) and name == name.lower())
    assert is_value(value)
    assert value == value.strip(b" \t")

"""What somebody sent is read in one way, or not at all."""

import msgspec
import pytest

from trigate.policy.argument import Arguments


def arguments(text: bytes) -> Arguments:
    return Arguments(msgspec.json.decode(text, type=dict[str, msgspec.Raw]))


def test_a_member_is_decoded_when_it_is_asked_for() -> None:
    found = arguments(b'{"a":1,"b":{"c":[true,null,"x"]},"broken":{"x":1,"x":2}}')
    assert found["a"] == 1
    assert found["b"] == {"c": [True, None, "x"]}
    assert (list(found), len(found), "a" in found, "z" in found) == (["a", "b", "broken"], 3, True, False)
    with pytest.raises(KeyError):
        found["z"]


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"A":2}',
        b'{"a":{"x":1,"x":2}}',
        b'{"a":{"x":1,"X":2}}',
        b'{"a":[{"y":{"x":1,"x":1}}]}',
        b'{"a":"ok","\xc5\xbf":1,"A":2}',
    ],
)
def test_what_others_may_read_otherwise_is_not_read(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"in case only|twice"):
        arguments(text)["a"]


def test_what_is_not_asked_for_does_no_harm() -> None:
    assert arguments(b'{"a":1,"b":{"x":1,"x":2},"c":1,"C":2}')["a"] == 1

"""Keys of the gateway, wherever a request may hold one."""

import pytest

from tests.policy.authenticators.test_api_key import KEYS, SECRET, asked
from trigate.core.query import without
from trigate.policy.directory import Directory
from trigate.policy.own_key import keys_among, own_keys

OWN = "tg_" + "a1B2c3D4e5" * 4
DIRECTORY = Directory(KEYS)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, set()),
        ({"authorization": f"Bearer {OWN}"}, {b"authorization"}),
        ({"authorization": OWN}, {b"authorization"}),
        ({"authorization": f"Bearer {SECRET}", "x_api_key": "sk-other"}, {b"authorization"}),
        ({"x_api_key": OWN, "api_key": SECRET, "x_goog_api_key": "AIza"}, {b"x-api-key", b"api-key"}),
        ({"x_something": OWN}, set()),
    ],
)
def test_fields_that_hold_a_key_of_the_gateway_are_found(fields: dict[str, str], found: set[bytes]) -> None:
    assert own_keys(asked(b"", **fields).request, DIRECTORY) == found


@pytest.mark.parametrize(
    ("query", "left"),
    [
        (f"a=1&key={OWN}&b", "a=1&b"),
        (f"k%65y={OWN}", ""),
        (f"note=about-{OWN}", f"note=about-{OWN}"),
        ("q=tg_short", "q=tg_short"),
        (f"q={OWN}longer", f"q={OWN}longer"),
    ],
)
def test_parameters_that_are_a_key_of_the_gateway_are_found(query: str, left: str) -> None:
    shown = asked(query.encode())
    assert without(shown.request.query, own_keys(shown.request, DIRECTORY)) == left.encode()


def test_keys_among_subprotocols_are_found():
    assert keys_among(b"realtime, openai-insecure-api-key.one ,openai-insecure-api-key.two, other") == [b"one", b"two"]
    assert keys_among(b"realtime") == []

"""Bridges over which an ask takes several requests."""

import pytest

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.error import NotOffered
from trigate.llm.extent import MediaBounds
from trigate.llm.operation import Address, Ask
from trigate.llm.operations.openai_images import GENERATE
from trigate.llm.piecewise import PiecewiseBridge
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard


class Echo(PiecewiseBridge, frozen=True):
    def read(self, body: object) -> Heard:
        if body == 5:
            raise LookupError
        return Heard(body, None)


def ask() -> Ask:
    return GENERATE.decode(b'{"model":"m","prompt":"x"}', Address(GENERATE))


def test_what_the_body_does_not_count_the_head_may():
    assert Echo().hear(b"[]", Tally(input=3)) == Heard([], Tally(input=3))


@pytest.mark.parametrize("body", [b"5", b"{", b"[" * 100_000])
def test_what_is_in_no_known_form_is_the_providers_fault(body: bytes):
    with pytest.raises(UpstreamProtocolError):
        Echo().hear(body)


def test_nothing_is_made_up():
    with pytest.raises(NotOffered):
        Echo().estimate(ask(), MediaBounds())
    assert Echo().form(ask()) == b"application/json"

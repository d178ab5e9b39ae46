"""A provider that says nothing of itself cannot be used."""

import pytest

from trigate.llm.provider import PATIENT, Provider


@pytest.mark.parametrize("say", [Provider.origin, Provider.credentials, Provider.counts_streams, Provider.patience])
def test_a_kind_must_say_everything(say: object):
    with pytest.raises(NotImplementedError):
        say(Provider())  # type: ignore[operator]


def test_models_may_think_for_minutes():
    assert PATIENT.first_byte >= 600
    assert PATIENT.connect <= 10

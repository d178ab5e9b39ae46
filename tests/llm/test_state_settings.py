"""Settings of what is kept: what makes no sense is refused."""

import pytest

from trigate.core.settings import Duration
from trigate.llm.state_settings import StateSettings


@pytest.mark.parametrize(("name", "value"), [("batch_price", 0), ("batch_price", 101), ("keep", Duration(0))])
def test_what_makes_no_sense_is_refused(name: str, value: object):
    with pytest.raises(ValueError, match=name):
        StateSettings(**{name: value})  # type: ignore[arg-type]


def test_teams_share_by_default_and_batches_cost_half():
    settings = StateSettings()
    assert settings.per == "team"
    assert settings.batch_price == 50

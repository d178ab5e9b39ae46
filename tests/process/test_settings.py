"""Settings of the gateway's own processes: nothing that would end those that are well."""

import pytest

from trigate.core.settings import Duration
from trigate.process.settings import ProcessSettings


def test_a_patience_shorter_than_a_few_signs_of_life_is_refused():
    assert ProcessSettings().unresponsive == 10
    with pytest.raises(ValueError, match="at least 3s"):
        ProcessSettings(unresponsive=Duration(2))

"""Settings of the store: what is refused, and what is the rule without a word."""

import pytest

from trigate.core.settings import Size
from trigate.store.settings import SpoolSettings, StoreSettings


def test_records_are_never_lost_unless_somebody_says_so():
    assert StoreSettings().spool.on_full == "refuse"


def test_a_spool_too_small_to_go_round_is_refused():
    with pytest.raises(ValueError, match="at least 32MiB"):
        SpoolSettings(limit=Size(1024))

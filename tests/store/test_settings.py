"""Settings of the store: what is refused, and what is the rule without a word."""

import pytest

from trigate.core.settings import Duration, Secret, Size
from trigate.store.settings import SpoolSettings, StoreSettings


def test_records_are_never_lost_unless_somebody_says_so():
    assert StoreSettings().spool.on_full == "refuse"


def test_a_spool_too_small_to_go_round_is_refused():
    with pytest.raises(ValueError, match="at least 32MiB"):
        SpoolSettings(limit=Size(1024))


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///", "trigate.db", "postgresql://"])
def test_only_the_databases_there_are_can_be_named(url: str):
    with pytest.raises(ValueError, match="url must be"):
        StoreSettings(url=Secret(url))


def test_a_master_key_that_can_be_guessed_is_refused():
    with pytest.raises(ValueError, match="at least 32"):
        StoreSettings(master_key=Secret("short"))


def test_a_timeout_of_nothing_is_refused():
    with pytest.raises(ValueError, match="100ms"):
        StoreSettings(timeout=Duration(0))

"""Memory is read from the kernel's sum of shares."""

import os

from bench import memory


def test_the_share_is_read_from_the_rollup() -> None:
    assert memory.read_pss("Rss:  20 kB\nPss:                  12 kB\nPss_Dirty: 3 kB\n") == 12 * 1024


def test_a_process_without_memory_has_no_share() -> None:
    assert memory.read_pss("") == 0


def test_this_process_has_some() -> None:
    assert memory.proportional(os.getpid()) > 1_000_000

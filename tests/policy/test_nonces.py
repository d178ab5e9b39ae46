"""What may be said once: in a table that processes share, against a dict."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.core.shared import share_alone, share_in
from trigate.policy.nonces import Full, Nonces


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.integers(0, 3)), max_size=200))
def test_nothing_counts_as_the_first_while_it_is_remembered(said: list[tuple[int, int, int]]) -> None:
    nonces, oracle, now = Nonces(share_alone, 100), dict[int, float](), 1000.0
    for name, life, pause in said:
        now += pause
        expected = oracle.get(name, 0.0) <= now
        if expected:
            oracle[name] = now + life
        assert nonces.first(digest(str(name)), now + life, now) is expected


def test_a_digest_that_lies_across_two_others_is_not_taken_for_either() -> None:
    nonces = Nonces(share_alone, 10)
    one, other = bytes(range(16)), bytes(range(8, 24))
    assert nonces.first(one, 10, 0)
    assert nonces.first(bytes(range(16, 32)), 10, 0)
    assert nonces.first(other, 10, 0)


def test_what_has_no_room_is_refused_until_something_is_forgotten() -> None:
    nonces = Nonces(share_alone, 2)
    assert nonces.first(digest("a"), 10, 0)
    assert nonces.first(digest("b"), 20, 0)
    with pytest.raises(Full):
        nonces.first(digest("c"), 10, 0)
    assert not nonces.first(digest("a"), 10, 0)
    assert nonces.first(digest("c"), 30, 10)


def test_a_large_table_takes_as_many_as_it_says() -> None:
    nonces = Nonces(share_alone, 5000)
    assert all(nonces.first(digest(str(number)), 10, 0) for number in range(5000))


def test_whoever_comes_next_remembers(tmp_path: Path) -> None:
    assert Nonces(share_in(tmp_path), 100).first(digest("a"), 10, 0)
    after = Nonces(share_in(tmp_path), 100)
    after.drain()
    assert not after.first(digest("a"), 10, 0)


CLAIM = """
import sys
from hashlib import sha256
from pathlib import Path
from trigate.core.shared import share_in
from trigate.policy.nonces import Nonces
nonces = Nonces(share_in(Path(sys.argv[1])), 1000)
print(sum(nonces.first(sha256(b"%d" % number).digest(), 10.0, 0.0) for number in range(500)))
"""


def test_of_several_processes_one_is_the_first(tmp_path: Path) -> None:
    claimants = [
        subprocess.Popen([sys.executable, "-c", CLAIM, str(tmp_path)], stdout=subprocess.PIPE) for _ in range(4)
    ]
    claimed = [int(each.communicate(timeout=30)[0]) for each in claimants]
    assert sum(claimed) == 500

"""Settings as text: equal for equal settings in any process, different for different ones, secrets included."""

import subprocess
import sys

from tests.patience import PATIENCE
from trigate.core.settings import Secret, Settings
from trigate.core.spelling import spell


class Specimen(Settings, frozen=True):
    """Settings of the tests."""

    names: dict[str, Secret] = {}
    """Secrets by name."""
    some: frozenset[str] = frozenset()
    """Words."""


def test_equal_settings_are_spelled_alike_and_others_are_not():
    one = Specimen(names={"a": Secret("x"), "b": Secret("y")}, some=frozenset("pq"))
    same = Specimen(names={"b": Secret("y"), "a": Secret("x")}, some=frozenset("qp"))
    other = Specimen(names={"a": Secret("x"), "b": Secret("z")}, some=frozenset("pq"))
    assert spell(one) == spell(same) != spell(other)
    assert spell((1, "1", None, [True])) != spell(("1", 1, None, [True]))


def test_another_process_spells_alike():
    program = "from trigate.core.spelling import spell; print(spell({'b': {'y', 'x', 'z'}, 'a': 1}))"
    told = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE, check=True).stdout
        for _ in range(3)
    }
    assert told == {spell({"b": {"y", "x", "z"}, "a": 1}).encode() + b"\n"}

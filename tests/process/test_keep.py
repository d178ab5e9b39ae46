"""The keep: adopted when equal, drained when not, nothing lost by a build that fails."""

from msgspec import Struct

from trigate.core.settings import Secret, Settings
from trigate.process.keep import LivingThings, digest


class Thing:
    """Something living that says when it was drained."""

    def __init__(self) -> None:
        self.drained = 0

    def drain(self) -> None:
        self.drained += 1


class PoolSettings(Settings):
    """Settings with a secret inside."""

    url: str = "http://a"
    key: Secret | None = None


class Other(Struct, frozen=True):
    """The same fields under another name."""

    url: str = "http://a"
    key: Secret | None = None


def reload(keep: LivingThings, *settings: object) -> list[Thing]:
    generation = keep.begin()
    things = [generation.adopt("pool", each, Thing) for each in settings]
    keep.commit(generation)
    return things


def test_equal_settings_adopt_and_others_drain():
    keep = LivingThings()
    one, two = reload(keep, PoolSettings(url="1"), PoolSettings(url="2"))
    again, three = reload(keep, PoolSettings(url="1"), PoolSettings(url="3"))
    assert again is one
    assert three is not two
    assert (one.drained, two.drained, three.drained) == (0, 1, 0)
    assert len(keep) == 2


def test_a_build_that_fails_drains_only_what_it_made():
    keep = LivingThings()
    (one,) = reload(keep, PoolSettings(url="1"))
    generation = keep.begin()
    assert generation.adopt("pool", PoolSettings(url="1"), Thing) is one
    new = generation.adopt("pool", PoolSettings(url="2"), Thing)
    keep.roll_back(generation)
    assert (one.drained, new.drained) == (0, 1)
    assert reload(keep, PoolSettings(url="1")) == [one]


def test_what_an_older_configuration_makes_late_is_drained_at_the_next_reload():
    keep = LivingThings()
    older = keep.begin()
    keep.commit(older)
    reload(keep)
    late = older.adopt("pool", PoolSettings(), Thing)
    assert older.adopt("pool", PoolSettings(), Thing) is late
    assert late.drained == 0
    reload(keep)
    assert late.drained == 1


def test_names_part_what_settings_do_not():
    generation = LivingThings().begin()
    assert generation.adopt("a", None, Thing) is not generation.adopt("b", None, Thing)


def test_draining_the_keep_drains_everything_once():
    keep = LivingThings()
    things = reload(keep, 1, 2)
    keep.drain()
    keep.drain()
    assert [thing.drained for thing in things] == [1, 1]


def test_secrets_are_compared_by_what_they_hide_and_not_shown():
    assert digest(PoolSettings(key=Secret("a"))) == digest(PoolSettings(key=Secret("a")))
    assert digest(PoolSettings(key=Secret("a"))) != digest(PoolSettings(key=Secret("b")))
    assert b"canary" not in digest(PoolSettings(key=Secret("canary")))


def test_different_values_have_different_digests():
    values: list[object] = [
        None, 1, "1", 1.0, True, b"1", [1], ["1"], {"a": 1}, {"a": "1"}, {1, 2}, [], {}, [[1], 2], [1, [2]],
        PoolSettings(), Other(), PoolSettings(url="b"), Secret("1"),
    ]  # fmt: skip
    assert len({digest(value) for value in values}) == len(values)


def test_the_order_of_keys_does_not_matter():
    assert digest({"a": 1, "b": {2, 3}}) == digest({"b": {3, 2}, "a": 1})


def test_what_keeps_callers_lets_them_go_before_the_end():
    class Keeping(Thing):
        retired = False

        def retire(self) -> None:
            self.retired = True

    keep = LivingThings()
    generation = keep.begin()
    keeping, other = generation.adopt("a", None, Keeping), generation.adopt("b", None, Thing)
    keep.commit(generation)
    keep.retire()
    assert (keeping.retired, keeping.drained, other.drained) == (True, 0, 0)

"""A row of a thing says what holds."""

from trigate.store.pin import Pin, Verdict


def test_nothing_holds_and_nothing_is_held_back_unless_it_is_said():
    assert (Pin(server="s", kind="tool", name="t").digest, Verdict("t").why, Verdict("t").approved) == ("", None, False)

"""The box of a session holds what it subscribed to, and what was said while nobody listened."""

import pytest

from trigate.mcp.fault import Fault
from trigate.mcp.listening import box as module
from trigate.mcp.listening.box import Box, decode_content, encode_content
from trigate.mcp.listening.event_id import StreamName, read_id


def test_a_box_is_the_same_behind_the_bus():
    box = Box()
    box.subscribe("shown", "git", "own")
    box.tape.say(b"{}")
    box.tape.mark(1)
    other = Box(decode_content(encode_content(box.pack())))
    assert other.subscriptions == {"shown": ("git", "own")}
    assert other.tape.after(0) == box.tape.after(0)
    assert (other.tape.last, other.tape.sent, other.tape.name) == (1, 1, box.tape.name)


def test_a_place_in_another_box_is_lost():
    box = Box()
    box.tape.say(b"{}")
    found = read_id(box.tape.id(1))
    assert found is not None
    assert box.place(*found) == 1
    assert box.place(StreamName("other"), 1) is None
    assert Box().place(*found) is None


def test_ids_tell_whether_there_were_subscriptions():
    box = Box()

    def told() -> bool:
        found = read_id(box.tape.id(1))
        return found is not None and found[0].subscribed

    assert not told()
    box.subscribe("shown", "git", "own")
    assert told()
    box.unsubscribe("shown")
    assert not told()


def test_subscriptions_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_SUBSCRIPTIONS", 2)
    box = Box()
    for name in ("a", "b", "b"):
        box.subscribe(name, "git", name)
    with pytest.raises(Fault):
        box.subscribe("c", "git", "c")

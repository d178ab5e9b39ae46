"""A listener is told what it asked for, by the names it knows."""

from typing import Any

from trigate.mcp.listening.listener import Listener
from trigate.mcp.listening.news import News
from trigate.mcp.listening.tape import Tape
from trigate.mcp.view import View


def test_a_resource_is_told_by_its_shown_name_and_a_part_of_it_too():
    nobody: Any = None
    tape = Tape()
    listener = Listener(View("", ["git"]), nobody, ["tools"], tape, tape.end, b"7")
    listener.uris["git", "a:/b"] = "shown:/b"
    assert listener.subscribed("git", "a:/b") == "shown:/b"
    assert listener.subscribed("git", "a:/b/c") == "shown:/b/c"
    assert listener.subscribed("fs", "a:/b") == ""
    listener.say(News("git", uri="a:/b"), "shown:/b")
    ((_, frame),) = tape.after(0)
    assert b'"uri":"shown:/b"' in frame
    assert b'subscriptionId":7' in frame

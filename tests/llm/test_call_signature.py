"""A call's signature travels beside it, and comes back to it."""

from trigate.llm.call_signature import attach_call_signatures, tie
from trigate.llm.conversation import Part, Text, Thought, ToolCall


def carried(identifier: str, signature: str) -> Thought:
    """As the caller sends it back."""
    return Thought(signature=tie(identifier, signature), maker="google", redacted=True)


def test_each_call_gets_its_own_signature_back() -> None:
    calls = [ToolCall(id="a", name="x"), ToolCall(id="b", name="y"), ToolCall(id="c", name="z")]
    parts: list[Part] = [carried("b", "Yg=="), calls[0], carried("a", "YQ~="), calls[1], calls[2]]
    assert attach_call_signatures(parts) == calls
    assert [(call.signature, call.maker) for call in calls] == [("YQ~=", "google"), ("Yg==", "google"), ("", "")]


def test_other_thoughts_stay() -> None:
    parts: list[Part] = [Thought(signature="abc", maker="google", redacted=True), Text(text="a")]
    assert attach_call_signatures(parts) is parts

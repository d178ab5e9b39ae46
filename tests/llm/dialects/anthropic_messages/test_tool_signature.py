"""A call's signature travels in a block of its own, with its maker's name."""

from trigate.llm.call_signature import tie
from trigate.llm.dialects.anthropic_messages.home import MAKER
from trigate.llm.dialects.anthropic_messages.tool_signature import write_tool_signature
from trigate.llm.signature import read_carried


def test_the_block_says_whose_signature_of_which_call_it_is() -> None:
    block = write_tool_signature("a", "Yg==", "google")
    assert block["type"] == "redacted_thinking"
    assert read_carried(block["data"], MAKER) == (tie("a", "Yg=="), "google")

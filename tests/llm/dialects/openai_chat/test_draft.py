"""What the work of writing an ask knows."""

from tests.llm.dialects.openai_chat.scene import draft, lost


def test_what_is_another_dialects_own_is_lost_by_its_name_there():
    work = draft()
    assert work.kept("part", {"future": 1}) == {}
    assert work.kept("", {"future": 1}) == {}
    assert lost(work) == [("messages.content.future", "dropped"), ("future", "dropped")]


def test_what_is_this_dialects_own_is_kept():
    work = draft(dialect="openai_chat")
    assert work.kept("part", {"future": 1}) == {"future": 1}
    assert work.allows("video")
    assert lost(work) == []


def test_losses_are_told_in_the_callers_words():
    work = draft(dialect="gemini_content")
    work.drop("top_k")
    work.degrade("part", "a text", "inlineData")
    assert lost(work) == [("generationConfig.topK", "dropped"), ("contents.parts.inlineData", "degraded")]


def test_identifiers_have_the_length_that_the_target_demands():
    assert len(draft().call_id("x" * 41)) == 40
    assert draft().call_id("toolu_1") == "toolu_1"
    assert draft(dialect="openai_chat").call_id("x" * 41) == "x" * 41
    short = draft("short_tool_ids").call_id("toolu_1")
    assert len(short) == 9
    assert short.isalnum()
    assert draft("short_tool_ids").call_id("abcdefgh9") == "abcdefgh9"

"""What the work of writing an ask knows."""

from tests.llm.dialects.cohere_chat.scene import draft, lost


def test_what_is_another_dialects_own_is_lost_by_its_name_there():
    work = draft(dialect="openai_chat")
    assert work.kept("tool", {"future": 1}) == {}
    assert work.kept("", {"logit_bias": 1}) == {}
    work.drop("choices")
    work.degrade("top_p", "0.99 in place of 1")
    assert lost(work) == [
        ("tools.function.future", "dropped"),
        ("logit_bias", "dropped"),
        ("n", "dropped"),
        ("top_p", "degraded"),
    ]


def test_what_is_this_dialects_own_is_kept():
    work = draft(dialect="cohere_chat")
    assert work.kept("part", {"future": 1}) == {"future": 1}
    assert lost(work) == []

"""Losses are told once each, by names without places."""

from trigate.llm.loss import MOST, Loss, Losses, flags, loss_comment, loss_fields


def test_each_is_told_once_and_in_order() -> None:
    losses = Losses()
    assert not losses
    losses.drop("messages[0].content[12].cache_control")
    losses.degrade("tool_choice", "any")
    losses.drop("messages[3].content[0].cache_control")
    losses.drop_extra("", {"seed": 1})
    losses.drop_extra("tools[1]", {"x": 1})
    assert losses
    assert [each.field for each in losses.found()] == [
        "messages.content.cache_control", "tool_choice", "seed", "tools.x",
    ]  # fmt: skip
    assert list(flags(losses))[:2] == ["llm.dropped:messages.content.cache_control", "llm.degraded:tool_choice"]


def test_two_are_told_as_one() -> None:
    one, other = Losses(), Losses()
    one.drop("a")
    other.drop("a")
    other.degrade("a", "why")
    one.join(other)
    assert one.found() == [Loss("a", "dropped"), Loss("a", "degraded", "why")]


def test_the_field_is_a_list_of_tokens_whatever_callers_name_their_members() -> None:
    losses = Losses()
    assert loss_fields(losses) == []
    losses.drop("a b,;\r\nx: y")
    losses.degrade("tool_choice", "any, not one")
    assert loss_fields(losses) == [(b"x-trigate-loss", b"a_b____x__y;dropped, tool_choice;degraded")]
    assert loss_comment(losses) == b": x-trigate-loss: a_b____x__y;dropped, tool_choice;degraded\n\n"


def test_they_are_bounded() -> None:
    losses = Losses()
    for number in range(MOST * 2):
        losses.drop(f"x{number}")
    assert len(losses.found()) == MOST


def test_names_of_any_length_are_told() -> None:
    for name in ("x" * 1000, "short"):
        losses = Losses()
        losses.drop(f"{name}[7]")
        assert list(flags(losses)) == [f"llm.dropped:{name}"]
        assert loss_fields(losses) == [(b"x-trigate-loss", f"{name};dropped".encode())]

"""What a model takes is told from its name, or from quirks."""

import pytest

from trigate.llm.chat_dialect import Manners
from trigate.llm.dialects.anthropic_messages.model import know, version_of


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("claude-3-7-sonnet-20250219", (3, 7)),
        ("claude-3-opus-20240229", (3, 0)),
        ("claude-opus-4-20250514", (4, 0)),
        ("claude-haiku-4-5-20251001", (4, 5)),
        ("anthropic.claude-opus-4-6-v1:0", (4, 6)),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", (4, 5)),
        ("claude-opus-4-1@20250805", (4, 1)),
        ("anthropic/claude-opus-4.8", (4, 8)),
        ("claude-sonnet-5", (5, 0)),
        ("claude-opus-5-5", (5, 5)),
        ("deepseek-chat", None),
        ("claude-latest", None),
    ],
)
def test_the_version_is_told_by_the_name(name: str, version: tuple[int, int] | None) -> None:
    assert version_of(name) == version


def test_an_old_model_has_budgets_and_no_late_system() -> None:
    claude = know(Manners(model="claude-sonnet-4-5"))
    assert (claude.budget, claude.late_system, claude.sampling, claude.one_sampling) == (True, False, True, True)


def test_a_new_model_has_efforts_and_no_sampling() -> None:
    claude = know(Manners(model="claude-opus-5"))
    assert (claude.budget, claude.late_system, claude.sampling) == (False, True, False)


def test_quirks_count_more_than_the_name() -> None:
    quirks = frozenset({"thinking_by_budget", "no_sampling", "no_late_system"})
    claude = know(Manners(model="kimi-k3", quirks=quirks))
    assert (claude.budget, claude.late_system, claude.sampling) == (True, False, False)

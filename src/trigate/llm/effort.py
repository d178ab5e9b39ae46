"""How much a model is to think: words for it, and the tokens that dialects with budgets say instead."""

BUDGETS = {"minimal": 1024, "low": 2048, "medium": 8192, "high": 24576, "xhigh": 32768, "max": 65536}
"""Tokens that stand for each effort, least first."""


def budget_of(effort: str) -> int:
    """Tokens for an effort; those of `medium` for a word nobody knows."""
    return BUDGETS.get(effort, BUDGETS["medium"])


def effort_of(budget: int) -> str:
    """The least effort that stands for at least so many tokens; `max` if none does."""
    return next((effort for effort, tokens in BUDGETS.items() if budget <= tokens), "max")

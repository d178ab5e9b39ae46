"""What must be true after a conversation, whichever SDK held it with whichever model."""

from tests.journeys.models.answer import INPUT, OUTPUT
from tests.journeys.models.provider import Models
from tests.journeys.sdks.case import CASES, MARK, Case, Told

UNSAID = {("pdf", "cohere_chat")}
"""What a provider's dialect has no place for."""
UNSIGNED = {"cohere_chat"}
"""Where thoughts have no signatures."""
UNABLE = {("pdf", "cohere_chat")}
"""What an SDK cannot ask for."""


def judge(name: str, spoken: str, model: Models, told: list[Told], *, streamed: bool) -> None:
    """The SDK told what the model said, and the model was told what the SDK was made to say."""
    case = CASES[name]
    assert model.faults == []
    assert told == expected(case)
    assert [each.streamed for each in model.asked] == [streamed] * len(case.answers)
    last = model.asked[-1].text
    if (name, spoken) not in UNSAID:
        told_base64 = last.replace("-", "+").replace("_", "/")  # Google takes either alphabet
        assert [each for each in case.carries if each not in last and each not in told_base64] == []
    if case.thinks and spoken not in UNSIGNED:
        assert MARK in last, "the thought came back without its signature"


def expected(case: Case) -> list[Told]:
    """What every SDK must tell."""
    return [
        Told(
            each.text, [(call.name, call.arguments) for call in each.calls], each.thought, bool(each.calls),
            INPUT, OUTPUT,
        )
        for each in case.answers
    ]  # fmt: skip

"""Answers that a provider has withheld for their content: successes in form, of which nothing was said."""

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.chat_dialect import ChatDialect
from trigate.llm.error import ProviderRefused
from trigate.llm.fault import Fault, blamed
from trigate.llm.reply import ChoiceEnd, Event, Failure, Stop

WITHHELD: frozenset[Stop] = frozenset({"filter", "refusal"})
FAULT: Fault = "content_policy"
CODE = "content_filter"
_STATUS = 400


def check_withheld(provider: str, spoken: ChatDialect, body: bytes, yields: frozenset[Fault]) -> None:
    """Raises ProviderRefused if every answer in a whole one has ended so and another target is to be asked then."""
    if FAULT not in yields:
        return
    try:
        choices = spoken.read_reply(body).choices
    except UpstreamProtocolError:
        return
    if choices and all(each.stop in WITHHELD for each in choices):
        raise blamed(ProviderRefused(f"provider {provider!r} has withheld its answer", _STATUS, CODE), FAULT)


def as_failure(event: Event) -> Failure | None:
    """What such an end is to a stream of which nothing was said before; None for any other event."""
    if isinstance(event, ChoiceEnd) and event.stop in WITHHELD:
        return Failure(message="the answer was withheld", code=CODE, status=_STATUS)
    return None

"""What a caller is asked while its call is under way, and the contract by which anything asks it.

Servers ask (elicitation, sampling, roots), and so does the gateway itself: for consent, or for an approval. Whoever
asks says what, and is given the answers; in which era the caller speaks makes no difference to what is written:

    answers = await asker.ask({"consent": url_question("https://…/connect/…", "Connect your account")})

A caller of the older protocol is sent a request on the stream of its call, and `ask` waits for the response. For one of
2026-07-28 the call ends: `ask` raises InputRequired, which the caller is told as a result with `inputRequests` and a
sealed `requestState`. It then sends the call again with its answers, so that everything up to this `ask` runs once
more, and this time it returns them. Therefore: use keys that are the same in both runs and no other `ask` of the call
uses, and do nothing before `ask` that must not be done twice. That a URL was accepted only says that the user agreed
to open it; whether what it is for has been done is for the asker to find out.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec
from msgspec import Raw, Struct

from trigate.mcp.envelope import encode
from trigate.mcp.profile import needs

Asking = Literal["elicitation/create", "sampling/createMessage", "roots/list"]
ASKING = frozenset({"elicitation/create", "sampling/createMessage", "roots/list"})
"""What servers may ask of clients (2026-07-28, multi round-trip requests)."""


class Question(Struct, frozen=True):
    """One thing that is asked."""

    method: str
    """One of ASKING."""
    params: Raw
    """As the protocol lays them down for the method; empty if there are none."""

    @property
    def needs(self) -> int:
        """What the caller must have declared (bits of mcp/profile.py)."""
        return needs(self.method, self.params)


Questions = Mapping[str, Question]
Answers = Mapping[str, Raw]
"""Results by the keys of the questions, such as `{"action":"accept","content":{…}}` for an elicitation."""


class Asker(Protocol):
    """The way to ask the caller of one call."""

    def can(self, question: Question) -> bool:
        """Whether the caller has declared that it can be asked this."""
        ...

    async def ask(self, questions: Questions) -> Answers:
        """The answers to all of these.

        Raises MissingCapability if the caller cannot be asked one of them, Forbidden if it may not be, InputRequired
        if the answers will come with another request, QuestionFailed if the caller answered with an error, and
        UpstreamTimeout if it did not answer in time.
        """
        ...


def url_question(url: str, message: str) -> Question:
    """Asks the user to open a page, for what must not pass through the caller (2026-07-28, elicitation: URL mode)."""
    return Question("elicitation/create", Raw(encode({"mode": "url", "url": url, "message": message})))


def form_question(message: str, schema: Mapping[str, object] | None = None) -> Question:
    """Asks the user to fill in a flat form; without a schema, just to accept or decline."""
    empty: dict[str, object] = {"type": "object", "properties": {}}
    return Question("elicitation/create", Raw(encode({"message": message, "requestedSchema": schema or empty})))


class _Answer(Struct):
    action: str = ""


def is_accepted(answer: Raw) -> bool:
    """Whether an elicitation was accepted, and neither declined nor dismissed."""
    try:
        return msgspec.json.decode(answer, type=_Answer).action == "accept"
    except msgspec.DecodeError:
        return False

"""Feedback: what callers say of an answer, by the id of its request."""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import BadRequest, Forbidden, MethodNotAllowed
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane, Match
from trigate.core.parts import Data, Head, Part
from trigate.core.request import Request
from trigate.core.stream import Incoming, Sink
from trigate.core.surroundings import Spool
from trigate.llm.errand import Entry, Errand
from trigate.llm.error import InvalidParameter
from trigate.llm.header import require_json
from trigate.llm.member import read_members
from trigate.store.opinion import LONGEST_COMMENT, LONGEST_LABEL, MILLION, Opinion, encode

PATH = b"/v1/feedback"
ACTION = Action("llm.feedback", "feedback")
LARGEST = 64 * 1024
"""Bytes of a body."""
MOST = 100
"""Scores lie between minus this and this."""
_WORDS = frozenset({"id", "score", "label", "comment"})
_STRANGER = "anonymous"


class Word(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an ask."""

    id: Annotated[str, Meta(pattern="^[A-Za-z0-9_.:-]{1,128}$")]
    """The `x-request-id` of the answer that it is about."""
    score: Decimal | UnsetType = UNSET
    label: Annotated[str, Meta(max_length=LONGEST_LABEL)] = ""
    comment: Annotated[str, Meta(max_length=LONGEST_COMMENT)] = ""


_decode = msgspec.json.Decoder(Word).decode


class FeedbackDesk:
    """Takes what callers say and puts it into the spool: it survives like the record of a call.

    Whether there is such a request, and whether it is the caller's, is found out when feedback is read.
    """

    __slots__ = ("_entry", "_spool")

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._entry = Entry(self._open)

    def match(self, lane: Lane, request: Request) -> Match | None:
        """The one address there is; raises MethodNotAllowed."""
        if request.path != PATH:
            return None
        if request.method != b"POST":
            raise MethodNotAllowed("use POST here", headers=((b"allow", b"POST"),))
        return Match(lane, ACTION.name, "buffer", LARGEST, self._entry)

    def _open(self, exchange: Exchange, body: bytes) -> Errand:
        require_json(exchange.request.fields)
        read_members(body, _WORDS)  # no member twice
        try:
            word = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest(f'the body is not feedback such as {{"id": "…", "score": 1}}: {error}') from None
        score = _millionths(word.score)
        if score is None and not word.label and not word.comment:
            raise InvalidParameter("say a `score`, a `label` or a `comment`", "score")
        return Remark(self._spool, word, score)


class Remark(Errand):
    """One ask."""

    __slots__ = ("_score", "_spool", "_word")

    def __init__(self, spool: Spool, word: Word, score: int | None) -> None:
        super().__init__(ACTION)
        self._spool = spool
        self._word = word
        self._score = score

    async def forward(self, call: Call, incoming: Incoming, sink: Sink) -> Part:
        """Keep it; raises Forbidden for strangers, who have no requests of their own."""
        principal, word = call.principal, self._word
        if principal.key == _STRANGER and not principal.team:
            raise Forbidden("feedback needs the key that made the request, or one of its team")
        opinion = Opinion(
            request=word.id,
            time=clock.wall_ns(),
            key=principal.key,
            user=principal.on_behalf_of or principal.user,
            team=principal.team,
            organisation=principal.organisation,
            score=self._score,
            label=word.label,
            comment=word.comment,
        )
        self._spool.append(encode(opinion))
        call.target, call.status = "feedback", 202
        body = msgspec.json.encode({"id": word.id, "status": "accepted"})
        sink.begin(Head(202, [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]))
        return Data(body)


def _millionths(score: Decimal | UnsetType) -> int | None:
    """A score as a whole number; raises InvalidParameter."""
    if isinstance(score, UnsetType):
        return None
    if not score.is_finite() or score.copy_abs() > MOST:  # `abs` would round, and overflow
        raise InvalidParameter(f"`score` is a number from -{MOST} to {MOST}", "score")
    whole = score * MILLION
    if whole % 1:
        raise InvalidParameter("`score` has at most six digits behind the point", "score")
    return int(whole)

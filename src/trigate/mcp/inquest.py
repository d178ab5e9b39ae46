"""What a server of 2026-07-28 asks in one call, round by round: it ends the call, and is sent it again with answers."""

import os

import msgspec
from msgspec import Raw, Struct

from trigate.mcp.alarm import pause
from trigate.mcp.asker import CallAsker
from trigate.mcp.envelope import Members, encode, notification
from trigate.mcp.fault import MissingCapability, ServerFailed
from trigate.mcp.profile import URL, declare
from trigate.mcp.question import ASKING, Question, is_accepted, url_question
from trigate.mcp.upstream import Upstream

_MOST_QUESTIONS = 32
_COMPLETE = "notifications/elicitation/complete"
_LONGEST_PAUSE = 5.0
_ACCEPTED = Raw(b'{"action":"accept"}')


class _Request(Struct):
    method: str
    params: Raw = Raw(b"")


_requests = msgspec.json.Decoder(dict[str, _Request]).decode
_members = msgspec.json.Decoder(Members).decode
_text = msgspec.json.Decoder(str).decode


class Inquest:
    """The rounds of one call."""

    __slots__ = ("_asker", "_opened", "_pauses", "_rounds", "_upstream", "responses", "state")

    def __init__(self, upstream: Upstream, asker: CallAsker) -> None:
        self._upstream = upstream
        self._asker = asker
        self._rounds = 0
        self._pauses = 0
        self._opened: dict[tuple[str, bytes], str] = {}
        """Pages the user has agreed to open: nobody is asked twice while the server waits for what happens there."""
        self.responses: Members
        """What the server is sent with the call."""
        self.state: bytes
        """Its own state as JSON text, empty if it gave none."""
        self.responses, self.state = asker.given

    async def hold(self, found: Members) -> None:
        """Get the answers to what a result asks for.

        Raises InputRequired for callers that send the call again themselves, UpstreamFailed, and as Asker.ask does.
        """
        questions, state = self._read(found)
        if not self._asker.waits:
            await self._asker.pass_on(questions, state)
        self.responses, self.state = {}, state
        fresh = {key: each for key, each in questions.items() if (key, bytes(each.params)) not in self._opened}
        if not fresh:
            # It only wants to be asked later: for the state alone, or because a page is still open.
            self.responses = dict.fromkeys(questions, _ACCEPTED)
            await self._pause()
            return
        self._rounds += 1
        if self._rounds > self._upstream.desk.settings.rounds:
            raise self._failed(f"it asked its caller more than {self._rounds - 1} times")
        pages = {key: os.urandom(9).hex() for key, each in fresh.items() if each.needs == URL}
        answers = await self._asker.pass_on({key: _paged(each, pages.get(key)) for key, each in fresh.items()}, state)
        self.responses = dict.fromkeys(questions, _ACCEPTED) | answers
        for key, page in pages.items():
            if is_accepted(answers[key]):
                self._opened[key, bytes(fresh[key].params)] = page

    async def finish(self) -> None:
        """The server has answered: what happened on the pages it had opened is done (2025-11-25, elicitation)."""
        for page in self._opened.values():
            await self._asker.reply.note(notification(_COMPLETE, encode({"elicitationId": page})))

    async def _pause(self) -> None:
        desk, signal = self._upstream.desk, self._asker.signal
        seconds = min(_LONGEST_PAUSE, 0.25 * 2**self._pauses)
        self._pauses += 1
        await pause(desk.deadlines, signal, seconds)

    def _read(self, found: Members) -> tuple[dict[str, Question], bytes]:
        """Questions and state; raises UpstreamFailed."""
        state = bytes(found.get("requestState", b""))
        try:
            if state:
                _text(state)
            questions = read_questions(found.get("inputRequests", Raw(b"{}")))
            if not (questions or state):
                raise ValueError("it asks for input without a question")
        except msgspec.DecodeError:
            raise self._failed("it gives no text as its state") from None
        except ValueError as error:
            raise self._failed(str(error)) from None
        return questions, state

    def _failed(self, reason: str) -> ServerFailed:
        error = ServerFailed(reason)
        self._upstream.blamed(error)
        return error


def read_questions(raw: Raw) -> dict[str, Question]:
    """The `inputRequests` of a server; raises ValueError with what is wrong with them."""
    try:
        requests = _requests(raw)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("it asks for input in a way the protocol does not know") from None
    if len(requests) > _MOST_QUESTIONS:
        raise ValueError(f"it asks for input with {len(requests)} questions")
    for each in requests.values():
        if each.method not in ASKING:
            raise ValueError(f"it asks its caller for {each.method[:60]!r}, which servers may not")
    return {key: Question(each.method, each.params) for key, each in requests.items()}


def _paged(question: Question, page: str | None) -> Question:
    """A question that opens a page, with the id that 2025-11-25 wants and 2026-07-28 does not know."""
    if page is None:
        return question
    return Question(question.method, Raw(encode({**_members(question.params), "elicitationId": page})))


async def open_pages(upstream: Upstream, asker: CallAsker, error: Raw) -> None:
    """Ask for what a server of 2025-11-25 wants done before it is called again, if the caller knows no such error.

    Raises InputRequired or MissingCapability; returns for callers who can be told what the server said.
    """
    if asker.waits and asker.profile & URL:
        return
    try:
        pages = msgspec.json.decode(error, type=_PagesError).data.elicitations
    except (msgspec.DecodeError, RecursionError):
        return
    questions = {f"page-{number}": url_question(each.url, each.message) for number, each in enumerate(pages[:8])}
    if not asker.profile & URL:
        links = "; ".join(f"{each.message[:500]}: {each.url[:2000]}" for each in pages[:8])
        raise MissingCapability(f"server {upstream.name!r} wants a page opened first. {links}", declare(URL))
    await asker.pass_on(questions, b"")


class _Page(Struct):
    url: str
    message: str = ""


class _Pages(Struct):
    elicitations: list[_Page]


class _PagesError(Struct):
    data: _Pages

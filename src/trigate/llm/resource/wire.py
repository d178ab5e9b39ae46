"""How errands ask providers: any method and path, with the provider's own fields, the refusal told as an error."""

from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.parts import END, Data, Head, Headers, Part, field
from trigate.core.stream import Sink
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.fault import NONE
from trigate.llm.header import from_provider, to_provider
from trigate.llm.refusal import read_refusal
from trigate.llm.resource.form_body import FormBody
from trigate.llm.site import Site
from trigate.outbound.answer import Answer

JSON_LINE = b"content-type: application/json\r\n"


class Wire:
    """The way to one provider; with the first of its keys, for what is kept belongs to the account of one."""

    __slots__ = ("_limit", "site")

    def __init__(self, site: Site, limit: int) -> None:
        """`limit`: most bytes of an answer that is held whole."""
        self.site = site
        self._limit = limit

    async def send(self, call: Call, method: bytes, path: bytes, dialect: str, body: bytes | FormBody = b"") -> Answer:
        """The answer, which is a success; it must be closed. `dialect` is that of the caller and of the provider.

        Raises ProviderRefused, and UpstreamFailed for what the caller must not see the provider's words of.
        """
        site, exchange = self.site, call.exchange
        call.target = site.name
        form, length = JSON_LINE if body else b"", None
        if isinstance(body, FormBody):
            form, length = b"content-type: %b\r\n" % body.content_type, body.length
        answer = await site.client.send(
            site.endpoint,
            method,
            site.target(path),
            site.fields,
            body,
            exchange.signal,
            length=length,
            extra=exchange.id_line + form + to_provider(exchange.request, dialect)[0],
        )
        try:
            call.first_byte = call.first_byte or clock.monotonic()
            call.status = answer.head.status
            if not 200 <= answer.head.status < 300:
                raise (await read_refusal(site, answer, find_chat_dialect(dialect), NONE)).error
        except BaseException:
            answer.close()
            raise
        return answer

    async def ask(self, call: Call, method: bytes, path: bytes, dialect: str, body: bytes | FormBody = b"") -> bytes:
        """The whole answer; raises what `send` does, and UpstreamProtocolError."""
        answer = await self.send(call, method, path, dialect, body)
        try:
            return await answer.read(self._limit)
        finally:
            answer.close()


def at(path: bytes, *more: str) -> bytes:
    """A path within another, before the query that this one may have."""
    place, mark, query = path.partition(b"?")
    return b"/".join([place, *(each.encode() for each in more)]) + mark + query


def whole(sink: Sink, body: bytes) -> Part:
    """The answer that is this JSON body."""
    sink.begin(Head(200, [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]))
    return Data(body)


async def pass_through(answer: Answer, sink: Sink, more: Headers, *, framed: bool = True) -> Part:
    """Pass an answer on as it comes; `more` are fields beside those that go to callers.

    `framed`: its length stays as it is.
    """
    head = answer.head
    length = field(head.headers, b"content-length") if framed else None
    framing = [(b"content-length", length)] if length is not None else []
    sink.begin(Head(head.status, [*from_provider(head.headers), *framing, *more]))
    data = answer.take()
    while not answer.ended:
        if data:
            await sink.send(Data(data))
        data = await answer.more(sink)
    return Data(data) if data else END

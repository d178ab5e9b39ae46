"""The api lane against an upstream that only remembers."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.policy.toys import FakeEdge, FakeIncoming, FakeSpool, Stage
from trigate.api.lane import ApiLane
from trigate.api.settings import ApiSettings, Route, RouteMatch, Service
from trigate.core.call import Call
from trigate.core.errors import PayloadTooLarge, UpstreamTimeout, UpstreamUnreachable
from trigate.core.exchange import Exchange
from trigate.core.parts import END, Data, Head, Headers, Part, Trailers, field
from trigate.core.principal import Principal
from trigate.core.request import Peer, Request
from trigate.core.settings import Secret
from trigate.core.signal import Signal
from trigate.core.stream import NoIncoming, WholeIncoming
from trigate.core.usage import Usage
from trigate.outbound.credentials.header import Header

TARGET = ("http://10.0.0.1:9000/base",)


class FakeEndpoint:
    def __init__(self, url: str) -> None:
        self.name = self.url = url
        self.prefix = b"/base" if url.endswith("/base") else b""


class FakeAnswer:
    """An upstream's answer in pieces."""

    def __init__(self, head: Head, pieces: Sequence[bytes], trailers: Headers | None = None) -> None:
        self.head = head
        self.chunks = list(pieces)
        self.trailers = trailers
        self.source: object | None = self
        """Whoever it is bound to, until it is closed."""
        self.closed = 0

    @property
    def ended(self) -> bool:
        return not self.chunks

    @property
    def done(self) -> bool:
        return len(self.chunks) <= 1

    def take(self) -> bytes:
        return self.chunks.pop(0) if self.chunks else b""

    async def more(self, sink: Any = None) -> bytes:
        return self.take()

    def close(self) -> None:
        self.source = None
        self.closed += 1


class FakeClient:
    """Keeps what it is asked to send and answers as told."""

    def __init__(self, answer: FakeAnswer | Exception) -> None:
        self.answer = answer
        self.sent: dict[str, Any] = {}

    def endpoint(self, url: str, **options: Any) -> FakeEndpoint:
        self.options = options
        return FakeEndpoint(url)

    def dispatch(self, *_: object) -> None:
        """No connection is idle."""

    async def send(
        self, endpoint: Any, method: bytes, target: bytes, headers: Headers, body: Any, signal: Signal, **more: Any
    ) -> FakeAnswer:
        self.sent = {"endpoint": endpoint, "method": method, "target": target, "headers": headers, "body": body, **more}
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Scene:
    """One request through the lane."""

    def __init__(self, route: Route, answer: FakeAnswer | Exception | None = None, **settings: Any) -> None:
        self.answer = answer or FakeAnswer(Head(200, [(b"content-type", b"text/plain")]), [b"hello"])
        self.client = FakeClient(self.answer)
        self.lane = ApiLane(ApiSettings(routes={"only": route}, **settings), self.client, "trigate-1")  # type: ignore[arg-type]
        self.signal = Signal(asyncio.get_running_loop())
        self.edge = FakeEdge(self.signal, Stage(), FakeSpool())

    async def send(
        self,
        target: bytes = b"/a",
        method: bytes = b"GET",
        body: Sequence[Part] = (),
        credentials: frozenset[bytes] = frozenset(),
        **fields: str,
    ) -> Part:
        named = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
        path, _, query = target.partition(b"?")
        upgrade = named.get(b"upgrade", b"")
        request = Request(method, target, path, query, b"shop.example", list(named.items()), named, upgrade=upgrade)
        exchange = Exchange("x1", request, Peer("203.0.113.9", 4000, server_port=8080), self.signal, 0.0)
        exchange.id_line, exchange.credentials = b"x-request-id: r1\r\n", credentials
        match = self.lane.match(request)
        assert match is not None
        self.match = match
        action, ask = self.lane.decode(exchange, match, b"")
        self.ask = ask
        self.call = Call("c", exchange, Principal("dev", frozenset({"api"})), action, None, 0.0, Usage())
        incoming = FakeIncoming(self.signal, Stage(), body) if body or upgrade else NoIncoming(self.signal)
        (target_, *_) = self.lane.targets(self.call, ask)
        return await self.lane.forward(self.call, ask, target_, incoming, self.edge)

    @property
    def sent_headers(self) -> Headers:
        """What was sent on, read back from its serialised form."""
        lines = self.client.sent["headers"].lines + self.client.sent["extra"]
        return [(name, value) for name, _, value in (line.partition(b": ") for line in lines.split(b"\r\n")[:-1])]

    def sent_field(self, name: bytes) -> bytes | None:
        return field(self.sent_headers, name)


async def test_a_field_of_the_credential_is_not_the_callers_to_set() -> None:
    scene = Scene(Route(targets=TARGET, credential=Header(value=Secret("own"), name="X-Key")))
    await scene.send(x_key="of the caller", cookie="a=b")
    assert (scene.sent_field(b"x-key"), scene.sent_field(b"cookie")) == (None, b"a=b")
    assert scene.client.options["credential"] is not None


async def test_a_whole_answer_comes_back_as_head_and_last_part() -> None:
    scene = Scene(Route(targets=TARGET))
    assert await scene.send() == Data(b"hello")
    assert scene.edge.parts == [Head(200, [(b"content-type", b"text/plain")])]
    assert scene.call.status == 200
    assert scene.call.target == TARGET[0]


async def test_a_long_answer_is_passed_on_piece_by_piece() -> None:
    scene = Scene(Route(targets=TARGET), FakeAnswer(Head(200, []), [b"a", b"b", b"c"]))
    assert await scene.send() == Data(b"c")
    assert [part.payload for part in scene.edge.parts if isinstance(part, Data)] == [b"a", b"b"]
    assert isinstance(scene.answer, FakeAnswer)
    assert scene.answer.closed == 1


async def test_trailers_are_the_last_part_and_lose_no_data() -> None:
    scene = Scene(Route(targets=TARGET), FakeAnswer(Head(200, []), [b"a", b"b"], [(b"x-sum", b"1")]))
    assert await scene.send() == Trailers([(b"x-sum", b"1")])
    assert [part.payload for part in scene.edge.parts if isinstance(part, Data)] == [b"a", b"b"]


async def test_an_answer_without_body_ends_after_its_head() -> None:
    scene = Scene(Route(targets=TARGET), FakeAnswer(Head(204, []), []))
    assert await scene.send() is END


async def test_fields_of_this_hop_and_the_gateways_own_credential_stay_here() -> None:
    scene = Scene(Route(targets=TARGET))
    await scene.send(
        credentials=frozenset({b"x-api-key", b"api-key"}),
        api_key="secret",
        x_api_key="secret",
        connection="close, x-mine",
        x_mine="1",
        keep_alive="5",
        te="trailers",
        proxy_authorization="x",
        host="shop.example",
        accept="*/*",
        authorization="Bearer theirs",
        traceparent="00-a-b-01",
    )
    names = {name for name, _ in scene.sent_headers}
    assert not names & {
        b"x-api-key",
        b"api-key",
        b"connection",
        b"x-mine",
        b"keep-alive",
        b"proxy-authorization",
        b"host",
    }
    assert {b"accept", b"authorization", b"traceparent"} <= names


async def test_the_service_learns_of_the_caller() -> None:
    scene = Scene(Route(targets=TARGET))
    await scene.send(x_forwarded_for="1.2.3.4", x_request_id="theirs")
    assert scene.sent_field(b"x-forwarded-for") == b"203.0.113.9"
    assert scene.sent_field(b"x-forwarded-host") == b"shop.example"
    assert scene.sent_field(b"via") == b"1.1 trigate-1"
    assert [value for name, value in scene.sent_headers if name == b"x-request-id"] == [b"r1"]


async def test_the_callers_host_is_sent_only_if_the_route_says_so() -> None:
    scene = Scene(Route(targets=TARGET, preserve_host=True))
    await scene.send()
    assert scene.client.sent["headers"].host == b"shop.example"


@pytest.mark.parametrize(
    ("path", "strip", "rewrite", "target", "sent"),
    [
        ("/orders/*", "/orders", "", b"/orders/7?x=1", b"/7?x=1"),
        ("/orders/*", "/orders", "", b"/orders", b"/"),
        ("/*", "/orders", "", b"/ordersX", b"/ordersX"),
        ("/a/{id}", "", "/items/{id}/view", b"/a/7", b"/items/7/view"),
        ("/a/{id}/*", "", "/{id}/{*}", b"/a/7/x/y?q", b"/7/x/y?q"),
        ("/*", "", "", b"/%7eme/a%2fb", b"/%7eme/a%2fb"),
    ],
)
async def test_the_path_is_sent_on_as_the_route_says(
    path: str, strip: str, rewrite: str, target: bytes, sent: bytes
) -> None:
    scene = Scene(Route(targets=TARGET, match=RouteMatch(path=path), strip_prefix=strip, rewrite=rewrite))
    await scene.send(target)
    assert scene.client.sent["target"] == b"/base" + sent


async def test_a_declared_length_beyond_the_limit_is_refused_before_anything_is_sent() -> None:
    scene = Scene(Route(targets=TARGET, max_body=10))  # type: ignore[arg-type]
    with pytest.raises(PayloadTooLarge):
        await scene.send(method=b"POST", content_length="11")
    assert scene.client.sent == {}


async def test_a_body_of_undeclared_length_is_cut_off_at_the_limit() -> None:
    scene = Scene(Route(targets=TARGET, max_body=10))  # type: ignore[arg-type]
    await scene.send(method=b"POST", body=[Data(b"x" * 6), Data(b"x" * 6)], transfer_encoding="chunked")
    body = scene.client.sent["body"]
    assert (await body.next()).payload == b"x" * 6
    with pytest.raises(PayloadTooLarge):
        await body.next()


async def test_a_body_is_a_stream_and_a_get_has_none() -> None:
    scene = Scene(Route(targets=TARGET))
    await scene.send()
    assert scene.match.body == "none"
    assert scene.client.sent["body"] == b""
    await scene.send(method=b"PUT", body=[Data(b"x")], content_length="1")
    assert scene.match.body == "stream"
    assert scene.client.sent["length"] == 1


async def test_an_upgrade_happens_only_where_the_route_allows_it() -> None:
    plain, tunnel = Scene(Route(targets=TARGET)), Scene(Route(targets=TARGET, upgrade=("websocket",)))
    for scene in (plain, tunnel):
        await scene.send(upgrade="WebSocket", connection="Upgrade")
    assert (plain.client.sent["upgrade"], plain.match.body) == (b"", "none")
    assert (tunnel.client.sent["upgrade"], tunnel.match.body) == (b"WebSocket", "duplex")


@pytest.mark.parametrize(
    ("method", "error", "retryable"),
    [
        (b"GET", UpstreamTimeout("slow"), True),
        (b"POST", UpstreamTimeout("slow"), False),
        (b"POST", UpstreamUnreachable("down"), True),
    ],
)
async def test_only_what_cannot_have_been_acted_on_may_go_to_another_target(
    method: bytes, error: UpstreamTimeout, retryable: bool
) -> None:
    with pytest.raises(type(error)) as failed:
        await Scene(Route(targets=TARGET), error).send(method=method)
    assert failed.value.retryable is retryable


async def test_targets_take_turns_by_weight() -> None:
    route = Route(targets=(Service(url="http://a", weight=2), Service(url="http://b")))
    scene = Scene(route)
    targets: list[str] = []
    for _ in range(6):
        await scene.send()
        targets.append(scene.call.target)
    assert sorted(targets) == ["http://a"] * 4 + ["http://b"] * 2


@pytest.mark.parametrize(("given", "sent"), [("0", None), ("1", b"0"), ("7", b"6"), ("many", b"many")])
async def test_an_options_request_is_answered_by_the_hop_it_names(given: str, sent: bytes | None) -> None:
    scene = Scene(Route(targets=TARGET, match=RouteMatch(methods=("OPTIONS", "GET"))))
    last = await scene.send(method=b"OPTIONS", max_forwards=given)
    if sent is None:
        assert scene.client.sent == {}
        assert last is END
        assert scene.edge.parts == [Head(204, [(b"allow", b"GET, OPTIONS")])]
    else:
        assert scene.sent_field(b"max-forwards") == sent


async def test_a_body_that_is_all_here_is_sent_with_the_head_and_can_be_sent_again() -> None:
    scene = Scene(Route(targets=TARGET))
    await scene.send(method=b"POST", body=[Data(b"x")], content_length="1")
    whole = WholeIncoming(scene.signal, b"whole")
    (target, *_) = scene.lane.targets(scene.call, scene.ask)
    await scene.lane.forward(scene.call, scene.ask, target, whole, FakeEdge(scene.signal, Stage(), FakeSpool()))
    assert scene.client.sent["body"] == b"whole"
    assert not whole.taken

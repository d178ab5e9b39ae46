"""The order of things, and what a caller hears when something stops it."""

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec import structs

from tests.patience import PATIENCE
from tests.policy.toys import BufferedRequest, FakeEdge, FakeIncoming, FakeSpool, Stage
from trigate.core.call import Call
from trigate.core.clock import clock
from trigate.core.errors import MethodNotAllowed, Unauthenticated, UpstreamTimeout
from trigate.core.exchange import Exchange
from trigate.core.ids import Ids
from trigate.core.lane import Match
from trigate.core.parts import Data, Head, Part, field
from trigate.core.principal import Principal
from trigate.core.request import Peer, Request
from trigate.core.signal import Signal
from trigate.core.stream import Incoming, Sink, WholeIncoming
from trigate.policy.access import Access
from trigate.policy.call import Calls
from trigate.policy.directory import Directory
from trigate.policy.limit import Limits
from trigate.policy.record import Recorder
from trigate.policy.serve import Serve


class Play:
    """Serves one request and keeps what came of it."""

    def __init__(self, *authenticators: object, lanes: list[object] | None = None, **fields: str) -> None:
        self.spool = FakeSpool()
        self.signal = Signal(asyncio.get_running_loop())
        stage = Stage()
        self.edge = FakeEdge(self.signal, stage, self.spool)
        self.incoming = FakeIncoming(self.signal, stage, [Data(b"hello")])
        self.lane = BufferedRequest(stage)
        recorder, ids = Recorder(self.spool), Ids()
        chosen = [self.lane] if lanes is None else lanes
        calls = self.calls = Calls(Access(), Limits(), (), recorder, ids)
        self.serve = Serve(chosen, authenticators, Directory({}), calls, recorder, ids)  # type: ignore[arg-type]
        given = {name.replace("_", "-").encode(): value.encode() for name, value in fields.items()}
        self.request = Request(b"POST", b"/a?q=1", b"/a", b"q=1", b"h", list(given.items()), given)

    async def run(self) -> "Play":
        await self.serve(self.request, Peer("127.0.0.1"), self.incoming, self.edge)
        return self

    @property
    def head(self) -> Head:
        head = self.edge.parts[0]
        assert isinstance(head, Head)
        return head

    @property
    def text(self) -> bytes:
        return b"".join(part.payload for part in self.edge.parts if isinstance(part, Data))


def anyone(exchange: Exchange) -> Principal | None:
    return Principal("dev", frozenset({"api"}))


def nobody(exchange: Exchange) -> Principal | None:
    return None


def invalid(exchange: Exchange) -> Principal | None:
    raise Unauthenticated("this API key is not known, or no longer valid")


async def test_an_address_of_no_lane_is_not_found_and_on_record() -> None:
    play = await Play(anyone, lanes=[]).run()
    assert play.head.status == 404
    assert msgspec.json.decode(play.text)["code"] == "route.not_found"
    assert play.spool.records[0]["outcome"] == "route.not_found"


@pytest.mark.parametrize("authenticators", [[], [nobody], [invalid, nobody]])
async def test_whoever_may_not_call_learns_nothing_of_what_there_is(authenticators: list[object]) -> None:
    there, missing, refused = Play(*authenticators), Play(*authenticators, lanes=[]), Play(*authenticators)

    def refuse(request: Request) -> None:
        raise MethodNotAllowed("no")

    refused.lane.match = refuse  # type: ignore[method-assign]
    answers = [await each.run() for each in (there, missing, refused)]
    assert [each.head.status for each in answers] == [401, 401, 401]
    assert len({msgspec.json.decode(each.text)["detail"] for each in answers}) == 1
    assert [each.spool.records[0]["outcome"] for each in answers] == ["auth.invalid"] * 3


async def test_an_address_that_nothing_is_at_is_open_to_those_to_whom_the_api_lane_is() -> None:
    def stranger(exchange: Exchange) -> Principal | None:
        return Principal("anonymous", frozenset({"api"})) if exchange.lane == "api" else None

    play = await Play(stranger, lanes=[]).run()
    assert play.head.status == 404
    assert "lane" not in play.spool.records[0] or play.spool.records[0]["lane"] == ""


async def test_nothing_of_the_body_is_read_before_the_caller_is_known() -> None:
    play = await Play(nobody).run()
    assert play.head.status == 401
    assert not play.incoming.taken
    assert field(play.head.headers, b"www-authenticate") is not None


async def test_an_invalid_credential_is_told_apart_from_none() -> None:
    assert b"not known" in (await Play(invalid, nobody).run()).text
    assert b"no API key was sent" in (await Play(nobody).run()).text


async def test_an_unknown_credential_does_not_shut_out_a_caller_who_needs_none() -> None:
    assert (await Play(invalid, anyone).run()).head.status == 200


async def test_a_key_of_the_gateway_that_is_not_good_shuts_out_everybody() -> None:
    def unknown_key(exchange: Exchange) -> Principal | None:
        error = Unauthenticated("this API key is not known, or no longer valid")
        error.final = True
        raise error

    assert (await Play(unknown_key, anyone).run()).head.status == 401


async def test_a_key_of_the_gateway_goes_no_further_whoever_is_let_in() -> None:
    seen = list[frozenset[bytes]]()
    play = Play(anyone, authorization="Bearer tg_unknown", x_other="tg_none-of-ours")
    decode = play.lane.decode

    def look(exchange: Exchange, match: Match, body: bytes) -> Any:
        seen.append(exchange.credentials)
        return decode(exchange, match, body)

    play.lane.decode = look  # type: ignore[method-assign]
    await play.run()
    assert seen == [{b"authorization"}]


async def test_a_lane_that_refuses_the_method_speaks_its_own_dialect_and_is_on_record() -> None:
    play = Play(anyone)

    def refuse(request: Request) -> None:
        raise MethodNotAllowed("no", headers=((b"allow", b"GET"),))

    play.lane.match = refuse  # type: ignore[method-assign]
    await play.run()
    assert play.head.status == 405
    assert field(play.head.headers, b"allow") == b"GET"
    assert play.spool.records[0]["lane"] == "api"


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-123", True), ("", False), ("x" * 129, False), ("a b", False), ('a"b', False)]
)
async def test_a_usable_request_id_of_the_caller_is_kept_and_any_other_replaced(given: str, kept: bool) -> None:
    play = await Play(anyone, x_request_id=given).run()
    answered = play.edge.extra.removeprefix(b"x-request-id: ").removesuffix(b"\r\n")
    assert answered
    assert (answered == given.encode()) is kept
    assert play.spool.records[0]["request_id"] == answered.decode()


async def test_an_error_carries_the_request_id_too() -> None:
    play = await Play(nobody, x_request_id="abc").run()
    assert play.edge.extra == b"x-request-id: abc\r\n"


async def test_a_fault_of_the_gateway_shows_an_id_and_nothing_else() -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(context["exception"]))
    play = Play(anyone)

    def fail(*_: object) -> None:
        raise KeyError("secret detail")

    play.lane.decode = fail  # type: ignore[method-assign]
    await play.run()
    assert play.head.status == 500
    assert b"secret detail" not in play.text
    assert play.spool.records[0]["exchange"].encode() in play.text
    assert [str(error) for error in reported] == ["'secret detail'"]


class Counting:
    """An authenticator that counts how often it is asked."""

    def __init__(self, principal: Principal | None) -> None:
        self.principal = principal
        self.asked = 0

    def __call__(self, exchange: Exchange) -> Principal | None:
        self.asked += 1
        return self.principal


async def again(first: Play, serve: Serve | None = None) -> Play:
    """The same head once more, on the same connection."""
    second = Play()
    second.request, second.serve, second.spool = first.request, serve or first.serve, first.spool
    return await second.run()


async def test_a_head_that_comes_again_is_decided_once_and_served_like_the_first_time() -> None:
    identify = Counting(Principal("dev", frozenset({"api"})))
    first = await Play(identify).run()
    second = await again(first)
    assert (first.text, second.text) == (b"HELLO", b"HELLO")
    assert identify.asked == 1
    assert [record["key"] for record in first.spool.records] == ["dev", "dev"]
    assert len({record["id"] for record in first.spool.records}) == 2


async def test_another_gateway_decides_anew_on_a_head_it_has_not_decided_on() -> None:
    first = await Play(Counting(Principal("dev", frozenset({"api"})))).run()
    stricter = Counting(None)
    second = await again(first, Play(stricter).serve)
    assert second.head.status == 401
    assert stricter.asked == 1


async def test_a_refused_head_is_refused_by_a_new_decision_each_time() -> None:
    identify = Counting(None)
    first = await Play(identify).run()
    identify.principal = Principal("dev", frozenset({"api"}))
    second = await again(first)
    assert (first.head.status, second.head.status) == (401, 200)
    assert identify.asked == 2


async def test_a_changed_directory_voids_what_was_decided_on_a_head() -> None:
    identify = Counting(Principal("dev", frozenset({"api"})))
    play = Play(identify)
    directory = Directory({})
    play.serve = Serve([play.lane], [identify], directory, play.calls, Recorder(play.spool), Ids())  # type: ignore[list-item]
    await play.run()
    directory.revision += 1
    identify.principal = None
    second = await again(play)
    assert second.head.status == 401
    assert identify.asked == 2


async def test_an_expired_credential_is_asked_for_again() -> None:
    identify = Counting(Principal("dev", frozenset({"api"}), expires=clock.wall_ns() / 1e9 - 1))
    first = await Play(identify).run()
    await again(first)
    assert identify.asked == 2


async def test_a_revoked_key_ends_what_it_is_doing_and_is_told_why() -> None:
    principal = Principal("dev", frozenset({"api"}))
    play = Play(Counting(principal))
    play.incoming.stall()
    task = play.edge.task = asyncio.get_running_loop().create_task(
        play.serve(play.request, Peer("127.0.0.1"), play.incoming, play.edge)
    )
    await play.incoming.reached()
    play.serve.review(lambda each: each is principal)
    assert not task.cancelling()
    play.serve.review(lambda each: False)
    await asyncio.wait([task], timeout=PATIENCE)
    assert play.head.status == 401
    assert b"revoked" in play.text


async def test_a_body_that_is_not_the_one_proved_reaches_nobody() -> None:
    async def check(incoming: Incoming) -> Incoming:
        if await incoming.read(100) != b"hello":
            raise Unauthenticated("another body")
        return WholeIncoming(incoming.signal, b"hello")

    def identify(exchange: Exchange) -> Principal:
        exchange.body_check = check
        return Principal("dev", frozenset({"api"}), expires=0.0)

    good, bad = Play(identify), Play(identify)
    bad.incoming.parts[:] = [Data(b"hullo")]
    assert (await good.run()).text == b"HELLO"
    assert (await bad.run()).head.status == 401
    assert bad.spool.records[0]["outcome"] == "auth.invalid"
    assert "action" not in bad.spool.records[0]


class Discreet(BufferedRequest):
    """A lane whose calls need leave no record, and do to themselves what a test asks for."""

    mark = ""

    def match(self, request: Request) -> Match | None:
        found = super().match(request)
        return found and structs.replace(found, unrecorded=True)

    async def forward(self, call: Call, ask: Any, target: Any, incoming: Incoming, sink: Sink) -> Part:
        call.charges = '{"cell":"c","start":0,"end":0,"amount":1}' if self.mark == "charged" else ""
        call.flags = ["seen"] if self.mark == "flagged" else []
        if self.mark == "failed":
            raise UpstreamTimeout("too slow")
        return await super().forward(call, ask, target, incoming, sink)


@pytest.mark.parametrize(("mark", "records"), [("", 0), ("charged", 1), ("flagged", 1), ("failed", 1)])
async def test_a_call_that_need_leave_no_record_leaves_one_if_there_is_something_to_tell(
    mark: str, records: int
) -> None:
    lane = Discreet(Stage())
    lane.mark = mark
    play = await Play(anyone, lanes=[lane]).run()
    assert len(play.spool.records) == records

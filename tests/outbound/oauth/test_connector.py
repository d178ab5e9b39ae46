"""Tokens are had once for everybody, outlive hiccups, and belong to whom they were given by and for."""

import asyncio

import msgspec
import pytest

from tests.outbound.oauth.authority import ADA, PROTECTED, Authority, Scene, token
from trigate.core.clock import clock
from trigate.core.connection import GATEWAY, Subject
from trigate.core.errors import CredentialFailed
from trigate.outbound.oauth.agreement import Return
from trigate.outbound.oauth.order import Ended, Given, Lead, Revoke, ask
from trigate.outbound.oauth.plan import Plan

REFUSED = (400, {"error": "invalid_grant", "error_description": "canary-description"})


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The time that tests hold, in nanoseconds."""
    moment = [clock.wall_ns()]
    monkeypatch.setattr(clock, "wall_ns", lambda: moment[0])
    return moment


def later(now: list[int], seconds: float) -> None:
    now[0] += int(seconds * 10**9)


async def test_nothing_is_known_before_the_server_has_said_what_it_wants() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        assert await scene.give() == Given()
        assert authority.asked == []


async def test_who_has_not_agreed_is_given_a_link_and_then_a_token() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        given = await scene.give(error="invalid_token", scope="read")
        assert given.link.startswith("https://gateway.example/connect/")
        await scene.connect(scope="read")
        found = await scene.give()
        assert (found.access_token, found.link) == ("a1", "")
        assert 3590 < found.seconds <= 3600
        ((row, secret),) = scene.safe.rows.values()
        assert (row.server, row.subject, row.user, row.issuer) == ("it", "acme/user/ada", "ada", authority.url)
        assert "r1" in secret


async def test_what_a_server_says_of_its_login_is_found_out_once_for_all_who_have_not_connected_it() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        for user in ("ada", "bob", "eve"):
            assert (await scene.give(subject=Subject("acme", user=user), error="invalid_token")).link
        assert len([each for each in authority.asked if each.target == PROTECTED]) == 1


async def test_nobody_uses_what_another_one_agreed_to() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        for other in (Subject("acme", user="bob"), Subject("other", user="ada"), Subject("acme", team="ada"), GATEWAY):
            assert await scene.give(subject=other) == Given()


async def test_however_many_ask_a_token_that_runs_out_is_renewed_once(now: list[int]) -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        later(now, 3600)
        authority.may_answer.clear()
        waiting = [asyncio.ensure_future(scene.give()) for _ in range(50)]
        await asyncio.sleep(0)
        authority.may_answer.set()
        assert {each.access_token for each in await asyncio.gather(*waiting)} == {"a2"}
        spent = authority.posted("/token")[1:]
        assert [each.form["refresh_token"] for each in spent] == ["r1"]
        assert spent[0].form["resource"] == authority.server_url
        assert spent[0].fields["authorization"].startswith("Basic ")


async def test_a_rejected_token_is_renewed_once_for_all_who_were_rejected() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        found = await asyncio.gather(*(scene.give("a1", error="invalid_token") for _ in range(10)))
        assert {each.access_token for each in found} == {"a2"}
        assert len(authority.posted("/token")) == 2


async def test_renewing_is_given_up_where_it_is_no_help() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        assert (await scene.give("a1", error="invalid_token")).access_token == "a2"
        assert (await scene.give("a2", error="invalid_token")).link


async def test_the_next_process_goes_on_with_what_this_one_was_given(now: list[int]) -> None:
    async with Authority() as authority:
        before = Scene(authority).open()
        await before.connect()
        after = Scene(authority, before.safe).open()
        assert (await after.give()).access_token == "a1"
        later(now, 3600)
        assert (await after.give()).access_token == "a2"


@pytest.mark.parametrize("hiccup", [(503, {}), (429, {}), (200, b"no token"), (400, {"error": "server_error"})])
async def test_a_hiccup_ends_nothing(now: list[int], hiccup: tuple[int, object]) -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        authority.tokens(hiccup, hiccup, token("a2", "r2"))
        later(now, 3600 - 30)
        found = await scene.give()
        assert found.access_token == "a1"  # still good, and tried again soon
        assert 0 < found.seconds <= 30
        later(now, 60)
        failed = await scene.give()
        assert failed.problem
        assert failed.link == ""
        assert (await scene.give()).access_token == "a2"
        assert len(scene.safe.rows) == 1


async def test_only_what_the_authorization_server_says_is_over_is_over(now: list[int]) -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        authority.tokens(REFUSED)
        later(now, 3600)
        assert await scene.give() == Given()
        assert scene.safe.rows == {}
        assert (await scene.give(error="invalid_token")).link


async def test_a_token_that_another_machine_has_renewed_is_not_the_end(now: list[int]) -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        later(now, 3600)
        authority.tokens(token("b1", "s1"), REFUSED)
        other, read = Scene(authority, scene.safe).open(), scene.safe.connection
        stale = await read("it", ADA.name)
        await other.give()
        seen = iter([stale])

        async def first_stale(server: str, subject: str):
            return next(seen, None) or await read(server, subject)

        scene.safe.connection = first_stale  # type: ignore[method-assign]
        assert (await scene.give()).access_token == "b1"
        assert len(scene.safe.rows) == 1


async def test_more_is_asked_for_when_the_server_wants_more_together_with_what_was_asked_before() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        told = await scene.connect(scope="read")
        assert told["scope"] == "read"
        authority.tokens(token("a2", "r2"))
        given = await scene.give("a1", error="insufficient_scope", scope="write")
        told = await scene.leave(given.link.rpartition("/")[2])
        assert told["scope"] == "read write"


async def test_nobody_is_asked_twice_for_what_is_not_granted() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect(scope="read")
        given = await scene.give("a1", error="insufficient_scope", scope="read")
        assert given.link == ""
        assert given.refused
        assert "was asked for" in given.problem


async def test_nothing_of_one_authorization_server_is_shown_to_another() -> None:
    async with Authority() as authority, Authority() as evil:
        scene = Scene(authority).open()
        await scene.connect()
        authority.documents[PROTECTED] = [(200, authority.resource | {"authorization_servers": [evil.url]})]
        plan = Plan("it", authority.server_url, "user", callback="https://gateway.example/connect/callback")
        scene.use(plan, allow=("127.0.0.0/8",))
        given = await scene.give("a1", error="invalid_token")
        assert given.link
        told = await scene.leave(given.link.rpartition("/")[2])
        assert len(evil.posted("/register")) == 1
        assert told["client_id"] == "c1"
        assert all(b"r1" not in each.body for each in evil.asked)


async def test_a_link_made_for_a_login_that_has_moved_is_followed_by_one_that_leads_there() -> None:
    async with Authority() as authority, Authority() as newer:
        scene = Scene(authority)
        plan = Plan("it", authority.server_url, "user", callback="https://gateway.example/connect/callback")
        scene.use(plan, allow=("127.0.0.0/8",))
        first = await scene.give(error="invalid_token")
        authority.documents[PROTECTED] = [(200, authority.resource | {"authorization_servers": [newer.url]})]
        with pytest.raises(CredentialFailed, match="changed its login"):
            await scene.leave(first.link.rpartition("/")[2])
        again = await scene.give(error="invalid_token")
        await scene.leave(again.link.rpartition("/")[2])
        assert len(newer.posted("/register")) == 1


async def test_a_token_turned_away_has_the_login_found_out_anew() -> None:
    async with Authority() as authority, Authority() as newer:
        scene = Scene(authority)
        plan = Plan("it", authority.server_url, "user", callback="https://gateway.example/connect/callback")
        scene.use(plan, allow=("127.0.0.0/8",))
        assert (await scene.give(error="invalid_token")).link
        await scene.connect()
        authority.documents[PROTECTED] = [(200, authority.resource | {"authorization_servers": [newer.url]})]
        given = await scene.give("a1", error="invalid_token")
        await scene.leave(given.link.rpartition("/")[2])
        assert len(newer.posted("/register")) == 1


async def test_where_the_server_sends_one_must_be_where_the_gateway_may_go() -> None:
    async with Authority() as authority, Authority() as inside:
        authority.resource["authorization_servers"] = [inside.url]
        scene = Scene(authority).open()
        given = await scene.give(error="invalid_token")
        assert "not a public one" in given.problem
        assert inside.asked == []


async def test_without_an_address_of_its_own_the_gateway_says_what_is_missing() -> None:
    async with Authority() as authority:
        given = await Scene(authority).open(public="").give(error="invalid_token")
        assert "portal.url" in given.problem
        assert given.refused


async def test_what_is_revoked_is_forgotten_here_and_there() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        (id,) = scene.safe.rows
        assert scene.bus is not None
        assert await ask(scene.bus, Revoke(id, "root"), Ended) == Ended("it")
        assert scene.safe.rows == {}
        assert authority.posted("/revoke")[0].form["token"] == "r1"
        assert await scene.give() == Given()
        assert not (await ask(scene.bus, Revoke(id, "root"), Ended)).found


async def test_what_cannot_be_taken_back_is_said_and_forgotten_all_the_same() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        authority.documents["/revoke"] = [(503, {})]
        (id,) = scene.safe.rows
        assert scene.bus is not None
        assert "503" in (await ask(scene.bus, Revoke(id, "root"), Ended)).problem
        assert scene.safe.rows == {}


async def test_what_a_server_says_beside_an_error_goes_nowhere() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        authority.tokens((400, {"error": "x", "error_description": "canary-description"}))
        given = await scene.give("a1", error="invalid_token")
        assert "canary" not in str(msgspec.structs.asdict(given))


async def test_while_the_store_is_down_nothing_is_guessed() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        await scene.connect()
        scene.safe.down = True
        assert (await scene.give()).problem
        scene.safe.down = False
        assert (await scene.give()).access_token == "a1"


async def test_an_order_that_cannot_be_read_is_answered() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        assert scene.bus is not None
        stream = await scene.bus.open("", b"nonsense")
        assert b"cannot be read" in (await stream.receive() or b"")


async def test_what_is_everybodys_is_connected_by_an_operator_alone() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open(per="gateway")
        refused = await scene.give(subject=GATEWAY, error="invalid_token", scope="read")
        assert (refused.link, refused.refused) == ("", True)
        assert "trigate connections link it" in refused.problem
        assert scene.bus is not None
        led = await ask(scene.bus, Lead("it"), Given)
        told = await scene.leave(led.link.rpartition("/")[2])
        assert told["scope"] == "read"  # what the server said it wants is known from the call that failed
        await scene.agreement.finish(Return(told["state"], "b" * 43, "code-1", authority.metadata["issuer"]))
        assert (await scene.give(subject=GATEWAY)).access_token == "a1"


async def test_nobody_is_led_to_what_belongs_to_somebody() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        assert scene.bus is not None
        for server in ("it", "other"):
            given = await ask(scene.bus, Lead(server), Given)
            assert (given.link, given.refused) == ("", True)
        assert authority.asked == []

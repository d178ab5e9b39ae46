"""Between link and connection nobody can take another's place."""

import base64
from hashlib import sha256

import pytest
from msgspec.structs import replace

from tests.outbound.oauth.authority import METADATA, PROTECTED, Authority, Scene, token
from trigate.core.clock import clock
from trigate.core.errors import BadRequest, CredentialFailed, EgressDenied
from trigate.outbound.oauth.agreement import Return

BROWSER = "b" * 43
DENIALS = [("access_denied", BadRequest), ("server_error", CredentialFailed), ("", CredentialFailed)]


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def test_the_page_says_who_and_what_and_the_login_is_told_what_it_must_know() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        ticket = await scene.link(scope="read")
        promise = scene.agreement.show(ticket)
        assert (promise.subject.shown, promise.server, promise.scope) == ("user ada", "it", ("read",))
        assert (promise.address, promise.issuer) == (authority.url, authority.url)
        told = await scene.leave(ticket)
        assert (told["client_id"], told["resource"]) == ("c1", authority.server_url)
        assert told["redirect_uri"] == "https://gateway.example/connect/callback"
        await scene.agreement.finish(Return(told["state"], BROWSER, "code-1", authority.url))
        (spent,) = authority.posted("/token")
        assert spent.form["code"] == "code-1"
        assert spent.form["resource"] == told["resource"]
        assert challenge_of(spent.form["code_verifier"]) == told["code_challenge"]


async def test_a_link_ends_and_is_nothing_that_can_be_made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        ticket = await scene.link()
        told = await scene.leave(ticket)
        for text in ("", "x", ticket[:-2], told["state"]):
            with pytest.raises(BadRequest):
                scene.agreement.show(text)
        then = clock.wall_ns() + 700 * 10**9
        monkeypatch.setattr(clock, "wall_ns", lambda: then)
        with pytest.raises(BadRequest):
            scene.agreement.show(ticket)
        with pytest.raises(BadRequest):
            await scene.agreement.finish(Return(told["state"], BROWSER, "code-1", authority.url))


async def test_what_did_not_begin_in_this_browser_does_not_end_in_it() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        told = await scene.leave(await scene.link())
        for other in ("", "c" * 43):
            with pytest.raises(BadRequest, match="this browser"):
                await scene.agreement.finish(Return(told["state"], other, "code-1", authority.url))
        assert scene.safe.rows == {}


async def test_an_answer_counts_once() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        told = await scene.leave(await scene.link())
        back = Return(told["state"], BROWSER, "code-1", authority.url)
        await scene.agreement.finish(back)
        with pytest.raises(BadRequest, match="already"):
            await scene.agreement.finish(back)
        assert len(authority.posted("/token")) == 1


@pytest.mark.parametrize("iss", [None, "https://evil.example", "{}/"])
async def test_an_answer_from_elsewhere_gets_no_code_spent(iss: str | None) -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        told = await scene.leave(await scene.link())
        told_iss = iss.format(authority.url) if iss else None
        with pytest.raises(CredentialFailed, match="not trusted"):
            await scene.agreement.finish(Return(told["state"], BROWSER, "code-1", told_iss, "canary-error"))
        assert authority.posted("/token") == []


@pytest.mark.parametrize(("error", "kind"), DENIALS)
async def test_who_says_no_is_not_connected(error: str, kind: type[Exception]) -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        told = await scene.leave(await scene.link())
        with pytest.raises(kind):
            await scene.agreement.finish(Return(told["state"], BROWSER, "", authority.url, error))
        assert scene.safe.rows == {}


async def test_a_server_that_changes_its_login_on_the_way_gets_nothing() -> None:
    async with Authority() as authority, Authority() as evil:
        scene = Scene(authority).open()
        assert scene.connector is not None
        plan = scene.connector.agreement.setting.plans["it"]
        scene.use(plan, allow=("127.0.0.0/8",))
        ticket = await scene.link()
        told = await scene.leave(ticket)
        authority.documents[PROTECTED] = [(200, authority.resource | {"authorization_servers": [evil.url]})]
        with pytest.raises(CredentialFailed, match="changed its login"):
            await scene.leave(ticket)
        with pytest.raises(CredentialFailed, match="changed its login"):
            await scene.agreement.finish(Return(told["state"], BROWSER, "code-1", evil.url))
        assert evil.posted("/token") == []


async def test_a_browser_is_sent_to_no_address_of_another_kind() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        ticket = await scene.link()
        for place in ("http://login.example/x", "javascript:alert(1)", "file:///etc/passwd"):
            authority.documents[METADATA] = [(200, authority.metadata | {"authorization_endpoint": place})]
            with pytest.raises((EgressDenied, CredentialFailed)):
                await scene.leave(ticket)


async def test_a_client_that_was_forgotten_is_registered_anew_the_next_time() -> None:
    async with Authority() as authority:
        authority.documents["/register"] = [(201, {"client_id": "c1"}), (201, {"client_id": "c2"})]
        scene = Scene(authority).open()
        told = await scene.leave(await scene.link())
        authority.tokens((401, {"error": "invalid_client"}), token("a1"))
        with pytest.raises(CredentialFailed):
            await scene.agreement.finish(Return(told["state"], BROWSER, "code-1", authority.url))
        told = await scene.connect()
        assert told["client_id"] == "c2"


async def test_what_the_file_does_not_name_any_more_cannot_be_connected() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        ticket = await scene.link()
        plan = scene.agreement.setting.plans["it"]
        scene.agreement.setting.plans = {"other": replace(plan, server="other")}
        with pytest.raises(BadRequest):
            scene.agreement.show(ticket)


async def test_another_process_of_the_installation_can_finish_what_one_began() -> None:
    async with Authority() as authority:
        scene = Scene(authority).open()
        told = await scene.leave(await scene.link())
        other = Scene(authority, scene.safe).open()
        await other.agreement.finish(Return(told["state"], BROWSER, "code-1", authority.url))
        assert (await scene.give()).access_token == "a1"

"""Each caller comes to a server with a proof of its own, and sees what that is good for."""

import pytest

from tests.mcp.connecting import Scene, principal, text_of
from tests.mcp.listening.servers import eventually
from tests.mcp.listening.test_front import Ear, listen
from tests.outbound.oauth.authority import Authority
from trigate.core.connection import Subject
from trigate.mcp.person import bound_to_all
from trigate.outbound.credentials.oauth import Oauth
from trigate.outbound.credentials.user_key import UserKey
from trigate.outbound.personal import Bound


async def link(scene: Scene, user: str, team: str = "") -> str:
    return text_of(await scene.call(user, "connect", team)).rpartition(" ")[2]


async def test_who_has_not_connected_is_shown_one_tool_that_gives_the_link_and_then_the_server_s_own() -> None:
    async with Authority() as authority:
        scene = Scene(authority)
        assert await scene.list("ada") == ["connect"]
        told = await scene.call("ada", "connect")
        assert told["isError"]
        assert "user ada has not connected 'it' yet" in text_of(told)
        await scene.agree(text_of(told).rpartition(" ")[2])
        assert "is connected" in text_of(await scene.call("ada", "connect"))
        assert await scene.list("ada") == ["whoami-a1"]
        assert text_of(await scene.call("ada", "whoami-a1")) == "you are a1"


async def test_nobody_sees_or_uses_what_is_another_s() -> None:
    async with Authority() as authority:
        scene = Scene(authority)
        for user, token in (("ada", "a1"), ("bob", "a2")):
            await scene.agree(await link(scene, user))
            assert await scene.list(user) == [f"whoami-{token}"]
        assert text_of(await scene.call("ada", "anything")) == "you are a1"
        assert text_of(await scene.call("bob", "anything")) == "you are a2"
        assert await scene.list("eve") == ["connect"]
        assert await scene.list("ada") == ["whoami-a1"]


async def test_calls_that_are_alike_are_never_sent_in_another_s_name() -> None:
    async with Authority() as authority:
        scene = Scene(authority)
        await scene.agree(await link(scene, "ada"))
        await scene.agree(await link(scene, "bob"))
        for _ in range(6):
            assert text_of(await scene.call("ada", "x")) == "you are a1"
            assert text_of(await scene.call("bob", "x")) == "you are a2"


async def test_a_team_shares_what_one_of_it_has_connected() -> None:
    async with Authority() as authority:
        scene = Scene(authority, per="team")
        await scene.agree(await link(scene, "ada", "sales"))
        assert text_of(await scene.call("bob", "x", "sales")) == "you are a1"
        assert "isError" in await scene.call("eve", "x", "support")
        assert "belongs to none" in str(await scene.call("carl", "x"))


async def test_the_tokens_of_a_person_are_struck_out_of_what_the_server_says() -> None:
    async with Authority() as authority:
        authority.tokens((200, {"access_token": "canary-token-of-ada", "expires_in": 3600}))
        scene = Scene(authority)
        await scene.agree(await link(scene, "ada"))
        assert "canary" not in text_of(await scene.call("ada", "x"))


def test_a_credential_that_all_share_is_bound_to_nobody_in_particular():
    bound = bound_to_all("it", Oauth(per="gateway"))
    assert isinstance(bound, Bound)
    assert bound.person.subject.name == "gateway"
    assert bound_to_all("it", None) is None


async def test_each_user_comes_with_a_key_of_their_own() -> None:
    async with Authority() as authority:
        scene = Scene(authority, UserKey())
        assert await scene.list("ada") == ["connect"]
        told = text_of(await scene.call("ada", "connect"))
        assert "user ada has given no key for 'it' yet" in told
        assert told.endswith("/connect/key/it")
        await scene.keys.keep("it", Subject(user="ada"), "canary-key-of-ada")
        assert "is connected" in text_of(await scene.call("ada", "connect"))
        said = text_of(await scene.call("ada", "anything"))
        assert said.startswith("you are")
        assert "canary" not in said
        assert authority.asked[-1].fields["authorization"] == "Bearer canary-key-of-ada"
        assert await scene.list("eve") == ["connect"]


async def hear(scene: Scene) -> None:
    """Have the worker hear what the control process told last."""
    stream = await scene.bus.open(*scene.bus.told.pop())
    assert await stream.receive() is None


@pytest.mark.parametrize("way", ["oauth", "key"])
@pytest.mark.parametrize("era", ["modern", "legacy"])
async def test_who_has_connected_a_server_hears_that_its_lists_are_others(era: str, way: str) -> None:
    async with Authority() as authority:
        scene = Scene(authority, UserKey() if way == "key" else None)
        ears: dict[str, Ear] = {}
        for user in ("ada", "bob"):
            scene.gateway.principal = principal(user)
            ears[user] = await listen(scene.gateway, era, path="/mcp/own")
        told = text_of(await scene.call("ada", "connect"))
        if way == "oauth":
            await scene.agree(told.rpartition(" ")[2])
        else:
            await scene.keys.keep("it", Subject(user="ada"), "canary-key-of-ada")
        await hear(scene)
        await eventually(lambda: len(ears["ada"].heard) == 3)
        changed = ["prompts/list_changed", "resources/list_changed", "tools/list_changed"]
        assert sorted(ears["ada"].methods) == changed
        assert ears["bob"].heard == []
        assert await scene.list("ada") != ["connect"]
        for ear in ears.values():
            await ear.leave()

"""A key of each user: sent in the field and form that the file says, asked for when there is none."""

import asyncio
import inspect
from typing import Any

import pytest

from tests.mcp.stage import LocalBus, Spool, surround
from tests.outbound.oauth.authority import Rows
from trigate.core.connection import Subject
from trigate.core.errors import CredentialFailed, Forbidden
from trigate.core.principal import ANONYMOUS, Principal
from trigate.outbound.connection_needed import ConnectionNeeded
from trigate.outbound.credential import Outgoing
from trigate.outbound.credentials.user_key import UserKey
from trigate.outbound.personal import Person
from trigate.outbound.user_key import SERVICE, KeyHost, digest

ADA = Subject(user="ada")
REQUEST = Outgoing(b"POST", b"/", b"notes", b"")


class Scene:
    def __init__(self, public: str = "", subject: Subject = ADA, **settings: Any) -> None:
        bus = LocalBus()
        self.host = KeyHost(Rows(), frozenset({"notes"}), public)
        bus.offer(SERVICE, self.host.serve)
        self.around = surround(Spool(), bus)
        self.kind, self.person = UserKey(**settings), Person(subject)
        self.proof: Any = self.kind.prove("notes", self.person, None, self.around)  # type: ignore[arg-type]

    async def lines(self) -> bytes:
        found = self.proof.lines(REQUEST)
        return await found if inspect.isawaitable(found) else found


async def test_a_key_is_sent_as_the_file_says_and_struck_out_of_answers():
    scene = Scene(header="X-Api-Key", value="token={key}")
    await scene.host.keep("notes", ADA, "canary-key")
    assert await scene.lines() == b"x-api-key: token=canary-key\r\n"
    assert scene.proof.lines(REQUEST) == b"x-api-key: token=canary-key\r\n"
    assert scene.proof.secrets() == (b"canary-key",)
    assert scene.kind.names() == {b"x-api-key"}
    assert await scene.kind.at_hand("notes", scene.person, scene.around) == digest("canary-key")


@pytest.mark.parametrize("way", ["forgotten", "rejected"])
async def test_a_key_that_was_exchanged_is_looked_up_again(way: str):
    scene = Scene()
    await scene.host.keep("notes", ADA, "one")
    assert await scene.lines() == b"authorization: Bearer one\r\n"
    await scene.host.keep("notes", ADA, "two")
    assert await scene.lines() == b"authorization: Bearer one\r\n"
    if way == "forgotten":
        scene.person.forget()
    else:
        assert scene.proof.rejected(b"") is False
    assert await scene.lines() == b"authorization: Bearer two\r\n"


async def test_a_key_is_forgotten_wherever_it_is_held_and_while_it_is_on_its_way():
    scene = Scene()
    await scene.host.keep("notes", ADA, "one")
    other: Any = scene.kind.prove("notes", scene.person, None, scene.around)  # type: ignore[arg-type]
    assert await scene.lines() == await other.lines(REQUEST)
    await scene.host.keep("notes", ADA, "two")
    scene.person.forget()
    on_its_way = other.lines(REQUEST)
    assert await scene.lines() == b"authorization: Bearer two\r\n"
    begun = asyncio.ensure_future(on_its_way)
    await asyncio.sleep(0)
    await scene.host.keep("notes", ADA, "three")
    scene.person.forget()
    await begun
    assert await other.lines(REQUEST) == b"authorization: Bearer three\r\n"
    assert await scene.lines() == b"authorization: Bearer three\r\n"


async def test_who_has_given_none_is_led_to_where_that_is_done_or_told_whom_to_ask():
    with pytest.raises(ConnectionNeeded, match="user ada has given no key") as needed:
        await Scene("https://gateway.example").lines()
    assert needed.value.link == "https://gateway.example/connect/key/notes"
    with pytest.raises(CredentialFailed, match="ask the operator"):
        await Scene().lines()


@pytest.mark.parametrize("subject", [Subject(agent="bot"), Subject(key="ci"), Subject(user="eve", key="app")])
async def test_who_is_no_user_of_the_gateway_is_sent_to_nobody(subject: Subject):
    with pytest.raises(CredentialFailed, match="keys of users alone"):
        await Scene("https://gateway.example", subject).lines()


def test_strangers_have_no_key():
    with pytest.raises(Forbidden):
        UserKey().subject(Principal(ANONYMOUS, frozenset()))
    assert UserKey().subject(Principal("k", frozenset(), user="ada")) == ADA


@pytest.mark.parametrize("settings", [{"header": "a b"}, {"value": "x"}, {"value": "{key}{key}"}, {"value": "\n{key}"}])
def test_what_makes_no_sense_is_refused(settings: dict[str, Any]):
    with pytest.raises(ValueError, match=r"header field|once"):
        UserKey(**settings)

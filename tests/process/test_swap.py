"""The child's side of a reload: nothing in use is touched before the commit, nor by a build that fails."""

import os
import socket

import pytest

from trigate.config.config import Config
from trigate.core.errors import BadConfig
from trigate.process import channel
from trigate.process.keep import Generation, LivingThings
from trigate.process.swap import Swap


class Thing:
    """Something living that says whether it was drained."""

    drained = False

    def drain(self) -> None:
        self.drained = True


class Scene:
    """A swap whose builds are named after the text they were built from."""

    def __init__(self) -> None:
        self.keep = LivingThings()
        self.used: list[tuple[str, list[str]]] = []
        self.things: dict[str, Thing] = {}
        self.text = ""
        self.swap = Swap(self.keep, self.parse, self.build, self.use)

    def parse(self, text: str) -> Config:
        if text == "bad":
            raise BadConfig("line 1: bad\nline 2: worse")
        self.text = text
        return Config()

    def build(self, config: Config, generation: Generation) -> str:
        self.things[self.text] = generation.adopt("thing", self.text, Thing)
        if self.text == "clash":
            raise ValueError("two routes clash")
        if self.text == "fault":
            raise KeyError("sk-canary")
        return self.text

    def use(self, config: Config, built: str, listen: dict[str, socket.socket]) -> None:
        self.used.append((built, list(listen)))
        for each in listen.values():
            each.close()

    async def prepare(self, text: str, listen: dict[str, socket.socket] | None = None) -> str:
        listen = listen or {}
        descriptor = os.memfd_create("text")
        os.write(descriptor, text.encode())
        given = [descriptor, *(each.detach() for each in listen.values())]
        return (await self.swap.prepare(channel.Prepare(1, list(listen)), given)).problem


async def test_what_was_prepared_is_used_at_the_commit_and_not_before():
    scene = Scene()
    assert await scene.prepare("one") == ""
    assert scene.used == []
    scene.swap.commit()
    scene.swap.commit()
    assert scene.used == [("one", [])]
    await scene.prepare("two")
    assert not scene.things["one"].drained
    scene.swap.commit()
    assert scene.things["one"].drained
    assert not scene.things["two"].drained


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("bad", "line 1: bad\nline 2: worse"),
        ("clash", "two routes clash"),
        ("fault", "the gateway could not be built with it; see the entry before"),
    ],
)
async def test_a_build_that_fails_says_why_and_leaves_everything(text: str, problem: str):
    scene = Scene()
    await scene.prepare("one")
    scene.swap.commit()
    assert await scene.prepare(text) == problem
    scene.swap.commit()
    assert scene.used == [("one", [])]
    assert not scene.things["one"].drained
    assert text not in scene.things or scene.things[text].drained


async def test_what_is_aborted_or_overtaken_is_drained():
    scene = Scene()
    await scene.prepare("one")
    await scene.prepare("two")
    scene.swap.abort()
    scene.swap.commit()
    assert scene.used == []
    assert scene.things["one"].drained
    assert scene.things["two"].drained


async def test_new_sockets_come_with_the_order_and_are_closed_if_it_is_aborted():
    scene = Scene()
    near, far = socket.socketpair()
    assert await scene.prepare("one", {"127.0.0.1:1": near}) == ""
    scene.swap.abort()
    assert far.recv(1) == b""
    far.close()

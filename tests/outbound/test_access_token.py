"""Access tokens that run out."""

import asyncio

import pytest

from trigate.core.clock import clock
from trigate.core.errors import CredentialFailed, UpstreamFailed
from trigate.outbound.access_token import AccessTokens, Token
from trigate.outbound.credential import Outgoing

REQUEST = Outgoing(b"GET", b"/", b"h", b"")


class Source:
    """Gives tokens `t1`, `t2` … when it is let; or fails."""

    def __init__(self, life: float | None = 1000.0) -> None:
        self.life = life
        self.count = 0
        self.fails = False
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(self, last: str) -> Token:
        del last
        self.count += 1
        await self.open.wait()
        if self.fails:
            raise UpstreamFailed("down")
        return Token(f"t{self.count}", self.life)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    return moment


async def lines(tokens: AccessTokens) -> bytes:
    found = tokens.lines(REQUEST)
    return found if isinstance(found, bytes) else await found


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_token_is_used_until_shortly_before_its_end(now: list[float]) -> None:
    source = Source()
    tokens = AccessTokens("x", source.fetch)
    assert await lines(tokens) == b"authorization: Bearer t1\r\n"
    now[0] += 900
    assert tokens.lines(REQUEST) == b"authorization: Bearer t1\r\n"
    assert source.count == 1


async def test_it_is_renewed_beside_the_calls_that_still_use_it(now: list[float]) -> None:
    source = Source()
    tokens = AccessTokens("x", source.fetch)
    await lines(tokens)
    now[0] += 945
    source.open.clear()
    assert [tokens.lines(REQUEST) for _ in range(10)] == [b"authorization: Bearer t1\r\n"] * 10
    await settle()
    source.open.set()
    await settle()
    assert source.count == 2
    assert tokens.lines(REQUEST) == b"authorization: Bearer t2\r\n"


async def test_a_hiccup_of_the_server_is_not_noticed_while_the_token_works(now: list[float]) -> None:
    source = Source()
    tokens = AccessTokens("x", source.fetch)
    await lines(tokens)
    source.fails = True
    now[0] += 945
    for _ in range(10):
        assert tokens.lines(REQUEST) == b"authorization: Bearer t1\r\n"
        await settle()
    assert source.count == 2  # not once more within a few seconds
    source.fails = False
    now[0] += 6
    tokens.lines(REQUEST)
    await settle()
    assert tokens.lines(REQUEST) == b"authorization: Bearer t3\r\n"


async def test_a_token_that_has_run_out_is_not_used_any_more(now: list[float]) -> None:
    source = Source()
    tokens = AccessTokens("x", source.fetch)
    await lines(tokens)
    source.fails = True
    now[0] += 1000
    for _ in range(2):
        with pytest.raises(UpstreamFailed, match="down"):
            await lines(tokens)
    source.fails = False
    assert await lines(tokens) == b"authorization: Bearer t4\r\n"


async def test_without_a_token_the_failure_is_told(now: list[float]) -> None:
    source = Source()
    source.fails = True
    tokens = AccessTokens("x", source.fetch)
    with pytest.raises(UpstreamFailed, match="down"):
        await lines(tokens)
    source.fails = False
    assert await lines(tokens) == b"authorization: Bearer t2\r\n"


async def test_a_call_that_is_cancelled_does_not_take_the_token_from_the_others() -> None:
    source = Source()
    source.open.clear()
    tokens = AccessTokens("x", source.fetch)
    first, second = (asyncio.ensure_future(lines(tokens)) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    source.open.set()
    assert await second == b"authorization: Bearer t1\r\n"
    assert source.count == 1


@pytest.mark.parametrize("text", ["", "a b", "a\nb", "ü"])
async def test_a_token_that_would_break_a_head_is_refused(text: str) -> None:
    async def fetch(_: str) -> Token:
        return Token(text)

    with pytest.raises(CredentialFailed):
        await lines(AccessTokens("x", fetch))


async def test_an_upstream_that_rejects_every_token_does_not_exhaust_the_server(now: list[float]) -> None:
    source = Source()
    tokens = AccessTokens("x", source.fetch)
    first = await lines(tokens)
    assert tokens.rejected(first)
    second = await lines(tokens)
    assert tokens.rejected(first)  # by a call that was slower: there is another token by now
    assert not tokens.rejected(second)
    now[0] += 6
    assert tokens.rejected(second)
    assert await lines(tokens) == b"authorization: Bearer t3\r\n"
    assert source.count == 3


async def test_each_call_has_a_failure_of_its_own() -> None:
    source = Source()
    source.fails = True
    tokens = AccessTokens("x", source.fetch)
    found = await asyncio.gather(*(lines(tokens) for _ in range(2)), return_exceptions=True)
    assert [str(each) for each in found] == ["down", "down"]
    assert found[0] is not found[1]


async def test_what_must_not_show_is_told() -> None:
    tokens = AccessTokens("x", Source().fetch)
    assert tokens.secrets() == ()
    await lines(tokens)
    assert tokens.secrets() == (b"t1",)

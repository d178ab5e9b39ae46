"""What is kept of a connection."""

from msgspec.structs import replace

from tests.outbound.oauth.authority import ADA, Rows
from trigate.core.clock import clock
from trigate.core.connection import Connection
from trigate.outbound.oauth.account import Account, Tokens, read_kept, timed
from trigate.outbound.oauth.token_request import Answer

EMPTY = Tokens("", 0, 0, "https://as.example", "https://as.example/token", refresh_token="r1", asked=("a", "b"))


async def test_what_is_kept_comes_back_and_keeps_its_row() -> None:
    safe = Rows()
    account = Account(safe, "it", ADA)
    assert await account.read() is None
    await account.keep(timed(EMPTY, Answer("a1", expires_in=100)), "", None)
    first = await account.read()
    assert first is not None
    assert (first.row.scope, first.row.organisation, first.row.user) == ("a b", "acme", "ada")
    await account.keep(timed(first.tokens, Answer("a2", refresh_token="r2", expires_in=100)), "a", first)
    second = await account.read()
    assert second is not None
    assert (second.row.id, second.row.created, second.row.scope) == (first.row.id, first.row.created, "a")
    assert (second.tokens.access_token, second.tokens.refresh_token) == ("a2", "r2")
    await account.drop(second)
    assert await account.read() is None


def test_a_token_goes_stale_before_it_ends_and_a_refresh_token_stays_unless_another_comes():
    now = clock.wall_ns()
    tokens = timed(EMPTY, Answer("a1", expires_in=3600))
    assert tokens.refresh_token == "r1"
    assert now + 3500 * 10**9 < tokens.stale < tokens.ends <= clock.wall_ns() + 3600 * 10**9
    assert "a1" not in repr(tokens)


def test_what_is_no_oauth_connection_is_none():
    row = Connection(id="i", server="it", subject="s", kind="oauth")
    assert read_kept(None) is None
    assert read_kept((row, "nonsense")) is None
    assert read_kept((replace(row, kind="key"), "{}")) is None

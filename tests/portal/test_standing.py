"""On what a login stands."""

from pathlib import Path

from msgspec.structs import replace

from tests.portal.house import house
from trigate.portal.standing import Standing
from trigate.store.identity import Actor
from trigate.store.login import Login

LOGIN = Login(id="l", user="ada", client="c", resource="r", scope="s", how="password", expires=1)


async def test_a_login_stands_on_its_user_key_or_provider(tmp_path: Path):
    async with house(tmp_path) as built:
        standing = Standing(built.office.archive, built.office.premises.directory, frozenset(("open",)))
        assert not await standing.holds(LOGIN)
        assert await standing.holds(replace(LOGIN, how="open"))
        assert not await standing.holds(replace(LOGIN, how="closed"))
        assert await standing.holds(replace(LOGIN, user="", how="client_credentials"))
        await built.add_user()
        assert await standing.holds(LOGIN)
        assert await standing.known(LOGIN)
        await built.add_key()
        assert await standing.holds(replace(LOGIN, how="key", key="hers"))
        assert await standing.holds(replace(LOGIN, how="key", key="filed", user="grace"))
        assert not await standing.holds(replace(LOGIN, how="key", key="other"))
        await built.keeper.change(Actor("root"), lambda it: it.revoke_key("hers"))
        assert not await standing.holds(replace(LOGIN, how="key", key="hers"))

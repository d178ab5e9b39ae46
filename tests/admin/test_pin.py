"""Operators see what has changed in tools, and approve of it."""

from pathlib import Path

from tests.admin.office import EDITOR, VIEWER, office
from trigate.admin.operator import Operator
from trigate.core.errors import Forbidden, UnknownName
from trigate.store.pin import Sighting, Sort
from trigate.store.pin_row import take_sightings
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


def seen(folder: Path, server: str, tool: str, digest: str, *suspicions: str, kind: Sort = "tool") -> None:
    store = Store(StoreSettings(directory=str(folder)))
    with store.writing("power_safe") as connection:
        sighting = Sighting(tool, digest, b'{"name":"%b"}' % digest.encode(), suspicions)
        take_sightings(connection, server, kind, "first_seen", [sighting])
    store.close()


async def test_what_has_changed_is_shown_and_approved(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        seen(tmp_path, "git", "push_force", "a1")
        seen(tmp_path, "git", "push_force", "b2", "odd", "odder")
        seen(tmp_path, "evil", "push_forcc", "c3")
        evil, git = await desk.ask("GET", "/v1/pins", None, VIEWER)
        assert (git["state"], git["definition"], git["found"]) == ("changed", {"name": "a1"}, {"name": "b2"})
        assert git["suspicions"] == ["odd", "odder"]
        assert evil["state"] == "seen"
        assert evil["alike"] == ["git/push_force"]
        assert len(await desk.ask("GET", "/v1/pins", None, VIEWER, server="git")) == 1
        body = {"kind": "tool", "name": "push_force", "digest": "b"}
        (decided,) = await desk.ask("POST", "/v1/pins/git/approve", body, EDITOR)
        assert (decided["state"], decided["digest"], decided["decided_by"]) == ("approved", "b2", "operator:ed")


async def test_a_viewer_and_a_tenant_approve_of_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        seen(tmp_path, "git", "push", "a")
        assert isinstance(await desk.refused("POST", "/v1/pins/git/approve", {}, VIEWER), Forbidden)
        tenant = Operator("um", "editor", "umbrella")
        assert isinstance(await desk.refused("POST", "/v1/pins/git/approve", {}, tenant), Forbidden)
        assert isinstance(await desk.refused("GET", "/v1/pins", None, tenant), Forbidden)
        assert isinstance(await desk.refused("POST", "/v1/pins/nope/approve", {}, EDITOR), UnknownName)
        assert (await desk.refused("POST", "/v1/pins/git/approve", {"tool": "x"}, EDITOR)).status == 400


async def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        seen(tmp_path, "git", "push", "a")
        seen(tmp_path, "git", "push", "b", kind="prompt")
        assert [each["place"] for each in await desk.ask("GET", "/v1/pins")] == ["git/prompt/push", "git/push"]
        body = {"kind": "tool", "name": "push"}
        assert isinstance(await desk.refused("POST", "/v1/pins/git/forget", body, VIEWER), Forbidden)
        assert isinstance(
            await desk.refused("POST", "/v1/pins/git/forget", body, Operator("u", "editor", "u")), Forbidden
        )
        assert await desk.ask("POST", "/v1/pins/git/forget", body, EDITOR) == {"forgotten": 1}
        assert [each["kind"] for each in await desk.ask("GET", "/v1/pins")] == ["prompt"]
        assert isinstance(await desk.refused("POST", "/v1/pins/git/forget", body, EDITOR), UnknownName)

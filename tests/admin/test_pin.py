"""Operators see what has changed in tools, and approve of it."""

from pathlib import Path

from tests.admin.office import EDITOR, VIEWER, office
from trigate.admin.operator import Operator
from trigate.core.errors import Forbidden, UnknownName
from trigate.store.pin import Sighting
from trigate.store.pin_row import take_sightings
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


def seen(folder: Path, server: str, tool: str, digest: str, *suspicions: str) -> None:
    store = Store(StoreSettings(directory=str(folder)))
    with store.writing("power_safe") as connection:
        sighting = Sighting(tool, digest, b'{"name":"%b"}' % digest.encode(), suspicions)
        take_sightings(connection, server, "first_seen", [sighting])
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
        body = {"tool": "push_force", "digest": "b"}
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
        assert (await desk.refused("POST", "/v1/pins/git/approve", {"tools": "x"}, EDITOR)).status == 400

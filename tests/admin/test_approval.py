"""Operators see, approve and deny calls that wait."""

from pathlib import Path
from typing import Any

import pytest

from tests.admin.office import EDITOR, VIEWER, office
from tests.store.test_approval_row import row
from trigate.admin.approval import PURPOSE
from trigate.admin.operator import Operator
from trigate.core.errors import Forbidden, NameConflict, UnknownName
from trigate.policy.consent.host import WHAT
from trigate.policy.consent.petition import SERVICE
from trigate.store.approval_row import put_approval
from trigate.store.master_key import derive, read_master_key
from trigate.store.seal import seal
from trigate.store.settings import StoreSettings
from trigate.store.store import Store

UMBRELLA = Operator("um", "editor", "umbrella")


def wait(folder: Path, id: str = "a", arguments: bytes = b'{"branch":"main"}', **more: Any) -> None:
    """Let a call wait in the store of this folder."""
    settings = StoreSettings(directory=str(folder))
    store = Store(settings)
    with store.writing() as connection:
        key = derive(read_master_key(settings), SERVICE)
        put_approval(connection, row(id, sealed=seal(key, arguments, WHAT, id), **more), 10)
    store.close()


def test_both_sides_seal_with_the_same_key() -> None:
    assert PURPOSE == SERVICE


async def test_an_editor_reads_the_arguments_and_approves(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        wait(tmp_path)
        (listed,) = await desk.ask("GET", "/v1/approvals", None, VIEWER, state="pending")
        assert "arguments" not in listed
        shown = await desk.ask("GET", "/v1/approvals/a", None, EDITOR)
        assert shown["arguments"] == {"branch": "main"}
        decided = await desk.ask("POST", "/v1/approvals/a/approve", {"comment": "fine"}, EDITOR)
        assert (decided["state"], decided["decided_by"], decided["comment"]) == ("granted", "operator:ed", "fine")
        assert isinstance(await desk.refused("POST", "/v1/approvals/a/deny", {}), NameConflict)


async def test_arguments_that_were_cut_are_shown_as_text(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        wait(tmp_path, arguments=b'{"text":"lon')
        assert (await desk.ask("GET", "/v1/approvals/a"))["arguments"] == '{"text":"lon…'


async def test_a_viewer_decides_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        wait(tmp_path)
        for method, path in (
            ("GET", "/v1/approvals/a"),
            ("POST", "/v1/approvals/a/approve"),
            ("POST", "/v1/approvals/a/deny"),
        ):
            assert isinstance(await desk.refused(method, path, {}, VIEWER), Forbidden)
        assert (await desk.ask("POST", "/v1/approvals/a/deny", {}, EDITOR))["state"] == "denied"


async def test_an_operator_of_one_organisation_sees_nothing_of_another(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        wait(tmp_path)
        assert await desk.ask("GET", "/v1/approvals", None, UMBRELLA) == []
        for method, path in (("GET", "/v1/approvals/a"), ("POST", "/v1/approvals/a/approve")):
            assert isinstance(await desk.refused(method, path, {}, UMBRELLA), UnknownName)


@pytest.mark.parametrize("body", [{"comment": "x" * 1001}, {"comments": "x"}])
async def test_a_decision_is_read_strictly(tmp_path: Path, body: Any) -> None:
    async with office(tmp_path) as desk:
        wait(tmp_path)
        assert (await desk.refused("POST", "/v1/approvals/a/approve", body)).status == 400

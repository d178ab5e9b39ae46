"""What is kept is looked at, read, listed and deleted by its owner."""

import pytest

from tests.llm.resource.office import CLAUDE, Office
from tests.llm.scene import Reply, answers


async def test_a_file_is_shown_as_the_provider_knows_it_now():
    office = Office(answers({"id": "file-raw", "status": "processed"}))
    handle = office.handle("file", "file-raw")
    await office.ask(path=b"/v1/files/" + handle.encode())
    assert office.json == {"id": handle, "status": "processed"}
    assert office.asked == [b"GET /v1/files/file-raw"]


async def test_its_content_comes_piece_by_piece_with_no_field_of_the_account():
    headers = [
        (b"content-type", b"application/octet-stream"),
        (b"content-length", b"4"),
        (b"openai-organization", b"x"),
    ]
    office = Office(Reply(200, headers, b"ab", b"cd"))
    await office.ask(path=b"/v1/files/" + office.handle("file", "file-raw").encode() + b"/content")
    assert office.body == b"abcd"
    assert office.headers == {
        b"content-type": b"application/octet-stream",
        b"content-length": b"4",
        b"x-content-type-options": b"nosniff",
    }


async def test_it_is_deleted_there_and_here():
    office = Office(answers({"id": "file-raw", "deleted": True}))
    handle = office.hold("file", "file-raw", {})
    await office.ask(path=b"/v1/files/" + handle.encode(), method=b"DELETE")
    assert office.json == {"id": handle, "object": "file", "deleted": True}
    assert office.register.rows == {}


async def test_a_list_asks_no_provider():
    office = Office()
    ids = [office.hold("file", f"file-{n}", {"purpose": "vision" if n else "batch"}) for n in range(3)]
    await office.ask(path=b"/v1/files?purpose=vision&limit=1")
    assert [each["id"] for each in office.json["data"]] == [ids[2]]
    assert office.json["has_more"]
    assert office.asked == []


async def test_anthropics_list_has_its_own_files_alone():
    office = Office()
    office.hold("file", "file-1", {})
    own = office.hold("file", "file_1", {"type": "file"}, provider="claude")
    await office.ask(path=b"/v1/files", headers=CLAUDE)
    assert [each["id"] for each in office.json["data"]] == [own]


@pytest.mark.parametrize("owner", ["other", ""])
async def test_what_is_not_ones_own_is_unknown(owner: str):
    office = Office()
    await office.ask(path=b"/v1/files/" + office.handle("file", "file-1", owner=owner).encode())
    assert office.status == 404
    assert office.asked == []


async def test_what_a_provider_has_that_is_no_more_configured_is_unknown():
    office = Office()
    await office.ask(path=b"/v1/files/" + office.handle("file", "file-1", "gone").encode())
    assert office.status == 404

"""Errands reach providers with the provider's own fields, and refusals come back as errors."""

import pytest

from tests.llm.resource.office import Office
from tests.llm.scene import answers
from trigate.llm.resource.wire import at


def test_paths_within_paths_stand_before_the_query():
    assert at(b"/files", "a", "content") == b"/files/a/content"
    assert at(b"/files?api-version=1", "a") == b"/files/a?api-version=1"


async def test_the_providers_key_goes_and_the_callers_stays():
    office = Office(answers({"id": "file-1", "object": "file"}))
    handle = office.handle("file", "file-1")
    headers = [(b"authorization", b"Bearer caller-secret"), (b"openai-beta", b"x"), (b"cookie", b"caller-secret")]
    await office.ask(path=b"/v1/files/" + handle.encode(), headers=headers)
    assert office.status == 200
    fields = office.client.sent[0][2]
    assert fields[b"authorization"] == b"Bearer sk-canary-0123456789"
    assert fields[b"openai-beta"] == b"x"
    assert b"cookie" not in fields
    assert office.client.answers[0].closed == 1


@pytest.mark.parametrize(("status", "told"), [(404, 404), (400, 400), (500, 500), (401, 502)])
async def test_a_refusal_is_an_error_in_the_callers_dialect(status: int, told: int):
    office = Office(answers({"error": {"message": "no", "type": "x", "code": None}}, status))
    await office.ask(path=b"/v1/files/" + office.handle("file", "file-1").encode())
    assert office.status == told
    assert office.error["message"]
    assert office.client.answers[0].closed == 1

"""A file goes to one provider, and what it is called there stays between the gateway and the provider."""

import json
from typing import Any

import pytest

from tests.journeys.filing import parse_form
from tests.llm.resource.office import CLAUDE, OWNER, Office, settings
from tests.llm.scene import answers
from trigate.core.parts import Headers
from trigate.llm.state_settings import StateSettings

FORM: Headers = [(b"content-type", b"multipart/form-data; boundary=B")]
MADE = {"id": "file-raw", "object": "file", "purpose": "user_data", "bytes": 5}


def form(content: bytes, purpose: str = "user_data", first: bool = True) -> bytes:
    text = b'--B\r\ncontent-disposition: form-data; name="purpose"\r\n\r\n%b\r\n' % purpose.encode()
    file = b'--B\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n%b\r\n' % content
    return (text + file if first else file + text) + b"--B--\r\n"


def line(model: str = "smart", url: str = "/v1/chat/completions") -> dict[str, Any]:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    return {"custom_id": "a", "method": "POST", "url": url, "body": body}


async def upload(office: Office, body: bytes, query: bytes = b"", headers: Headers = FORM) -> Office:
    return await office.ask(body, b"/v1/files" + query, b"POST", headers)


async def test_the_caller_gets_an_identifier_of_its_own():
    office = await upload(Office(answers(MADE)), form(b"hello"))
    assert office.json == {**MADE, "id": office.handle("file", "file-raw")}
    assert office.asked == [b"POST /v1/files"]
    texts, file = parse_form(office.client.sent[0][2][b"content-type"], office.client.sent[0][3])
    assert texts == {"purpose": "user_data"}
    assert file == ("a.jsonl", b"hello")
    (row,) = office.register.rows.values()
    assert (row.id, row.owner, row.kind) == (office.json["id"], OWNER, "openai_files")
    assert office.last["resource"] == "provider/openai"


@pytest.mark.parametrize("first", [True, False])
async def test_asks_of_a_batch_are_rewritten_wherever_the_purpose_stands(first: bool):
    office = Office(answers({**MADE, "purpose": "batch"}))
    content = b"\n\n".join(json.dumps(line(model)).encode() for model in ("smart", "unpriced"))
    await upload(office, form(content, "batch", first))
    _, (_, sent) = parse_form(office.client.sent[0][2][b"content-type"], office.client.sent[0][3])
    assert [json.loads(each)["body"]["model"] for each in sent.splitlines()] == ["gpt-large", "gpt-unheard-of"]
    kept = json.loads(next(iter(office.register.rows.values())).body)
    assert [(each["asked"], each["asks"]) for each in kept["shares"]] == [("smart", 1), ("unpriced", 1)]
    assert kept["url"] == "/v1/chat/completions"


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"custom_id": "a"}],
        [line(url="/v1/nowhere")],
        [line(), line(url="/v1/embeddings")],
        [{**line(), "URL": "x"}],
        [line("wise")],
    ],
)
async def test_lines_that_are_no_asks_never_leave(lines: list[dict[str, Any]]):
    office = Office()
    await upload(office, form(b"\n".join(json.dumps(each).encode() for each in lines), "batch"))
    assert office.status == 400
    assert office.asked == []


async def test_the_address_or_the_settings_say_where_it_goes():
    office = Office(answers(MADE), llm=settings(state=StateSettings(files="openai")))
    assert (await upload(office, form(b"x"))).asked == [b"POST /v1/files"]
    refused = await upload(Office(), form(b"x"), b"?provider=claude")
    assert refused.status == 400
    assert "openai" in refused.error["message"]


async def test_anthropics_form_goes_to_anthropic():
    office = Office(answers({"id": "file_raw", "type": "file"}))
    await upload(office, form(b"x"), headers=[*FORM, *CLAUDE[1:]])
    assert office.json["id"] == office.handle("file", "file_raw", "claude")
    assert office.client.sent[0][0] == "http://claude"
    assert office.client.sent[0][2][b"anthropic-beta"] == b"files-api-2025-04-14"


async def test_a_file_too_large_is_refused():
    office = Office(llm=settings(state=StateSettings(max_file=StateSettings().max_file.__class__(100))))
    assert (await upload(office, form(b"x" * 200))).status == 413


async def test_a_file_that_cannot_be_remembered_is_taken_back():
    office = Office(answers(MADE), answers({"deleted": True}))
    office.register.down = True
    await upload(office, form(b"x"))
    assert office.status == 503
    assert office.asked == [b"POST /v1/files", b"DELETE /v1/files/file-raw"]

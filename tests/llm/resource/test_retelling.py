"""An ask with all that was said before it."""

from tests.llm.resource.test_conversation import make
from tests.llm.resource.test_recall import again, say


async def test_what_refers_to_a_provider_still_goes_there_alone():
    office, _ = await make()
    file = office.handle("file", "file-raw", "openai")
    content = [{"type": "input_file", "file_id": file}]
    said = [{"role": "user", "content": content}]
    refused = await say(again(office), said, "simple", conversation=office.json["id"])
    assert refused.status == 404
    assert "openai" in refused.error["message"]

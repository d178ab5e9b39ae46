"""An ask with all that was said before it."""

import msgspec
import pytest
from msgspec import structs

from tests.llm.resource.office import Office, settings
from tests.llm.resource.test_conversation import make
from tests.llm.resource.test_recall import COMPLETION, again, say
from tests.llm.scene import answers
from tests.policy.limiting.stage import budget, quotas_of, rate
from tests.policy.toys import FakeSpool
from trigate.core.deadlines import Deadlines
from trigate.llm.settings import Model
from trigate.policy.limit import Limit
from trigate.policy.limiting.limiter import Limiter
from trigate.store.tally import Tally


async def test_what_refers_to_a_provider_still_goes_there_alone():
    office, _ = await make()
    file = office.handle("file", "file-raw", "openai")
    content = [{"type": "input_file", "file_id": file}]
    said = [{"role": "user", "content": content}]
    refused = await say(again(office), said, "simple", conversation=office.json["id"])
    assert refused.status == 404
    assert "openai" in refused.error["message"]


@pytest.mark.parametrize(
    ("limit", "statuses"),
    [
        (rate("key", requests=2), [200, 200, 429]),
        (rate("model", requests=2), [200, 200, 429]),
        (rate("provider", requests=2), [200, 200, 429]),
        (rate("key", tokens=5000), [200, 429]),
        (budget("key", tokens=5000), [200, 429]),
    ],
)
async def test_an_ask_is_one_request_to_limits_and_as_many_tokens_as_the_whole(limit: Limit, statuses: list[int]):
    limiter = Limiter(quotas_of([limit]), Tally(100), Deadlines(), FakeSpool())
    office, _ = await make(items=[{"role": "user", "content": "x" * 4000}])
    for status in statuses:
        fresh = Office(answers({**COMPLETION, "usage": None}), limits=limiter)
        fresh.desk._dialogues = office.desk._dialogues
        fresh.open()
        said = await say(fresh, "Hi", conversation=office.json["id"], max_output_tokens=10)
        assert said.status == status, said.body


async def test_who_looked_at_the_ask_alone_does_not_say_how_large_the_whole_is():
    limiter = Limiter(quotas_of([rate("key", tokens=5000)]), Tally(100), Deadlines(), FakeSpool())
    office, _ = await make(items=[{"role": "user", "content": "x" * 9000}])
    model = msgspec.convert({"targets": ["plain/a", "plain/b"], "require": {"fit": True}}, Model)
    fresh = Office(answers(COMPLETION), limits=limiter, llm=structs.replace(settings(), models={"smart": model}))
    fresh.desk._dialogues = office.desk._dialogues
    fresh.open()
    said = await say(fresh, "Hi", "smart", conversation=office.json["id"], max_output_tokens=10)
    assert said.status == 429, said.body

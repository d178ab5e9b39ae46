"""Every model of a batch is a call of its own: allowed or not, and charged where it belongs."""

from typing import Any
from unittest.mock import Mock

import pytest

from tests.llm.resource.office import SHARE, Office
from trigate.core.errors import Forbidden
from trigate.core.usage import Usage
from trigate.llm.resource.admission import Admission, add
from trigate.llm.resource.kept import Share


def test_an_admission_asks_for_money_alone():
    demand = Admission("openai", SHARE).demand()
    assert demand.tariff is not None
    assert demand.tariff.most(demand.input_tokens, demand.output_tokens or 0) == SHARE.cost
    assert (demand.input_tokens, demand.output_tokens) == (0, 0)
    assert (demand.provider, demand.model) == ("openai", "gpt-large")


def test_a_price_that_nobody_knows_is_left_to_the_limits():
    assert Admission("openai", Share("smart", "openai_chat", "gpt", 1, -1)).demand().tariff is None


def test_counts_and_marks_are_added():
    total = Usage(input_tokens=1, cost=2)
    add(Usage(input_tokens=3, output_tokens=4, cost=5, estimated=True), total)
    assert total == Usage(input_tokens=4, output_tokens=4, cost=7, estimated=True)


async def test_what_was_used_up_is_counted_whatever_rules_say_now():
    from tests.llm.resource.test_progress import COST, DONE, RESULTS
    from tests.llm.scene import answers

    office = Office(answers(DONE), RESULTS)
    handle = office.hold("batch", "batch_raw", DONE, SHARE)
    calls: Any = office.premises.calls
    calls._access = Mock(authorize=Mock(side_effect=[None, Forbidden("not any more")]))
    await office.ask(path=b"/v1/batches/" + handle.encode())
    assert office.status == 200
    paid, looked = office.spool.records
    assert (paid["usage"]["cost"], paid["outcome"], paid["parent"]) == (COST, "ok", looked["id"])


@pytest.mark.parametrize("flag", ["llm.batch"])
async def test_an_admission_is_marked_on_record(flag: str):
    from tests.llm.resource.test_batch import BATCH, CREATE
    from tests.llm.scene import answers

    office = Office(answers(BATCH))
    file = office.hold("file", "file-raw", {}, SHARE)
    await office.ask({**CREATE, "input_file_id": file}, b"/v1/batches", b"POST")
    assert office.spool.records[0]["flags"] == [flag]
    assert office.spool.records[0]["target"] == "openai/gpt-large"

"""Every model of a batch is a call of its own: allowed or not, and charged where it belongs."""

from typing import Any

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


async def test_what_may_bear_no_call_of_its_own_is_borne_by_the_look():
    from tests.llm.resource.test_progress import COST, DONE, RESULTS
    from tests.llm.scene import answers

    office = Office(answers(DONE), RESULTS)
    handle = office.hold("batch", "batch_raw", DONE, SHARE)
    calls: Any = office.premises.calls

    class Refusing:
        async def run(self, *given: Any, **more: Any) -> None:
            raise Forbidden("not any more")

    from msgspec import structs

    office.desk._premises = structs.replace(office.premises, calls=Refusing())
    assert calls is not None
    await office.ask(path=b"/v1/batches/" + handle.encode())
    assert office.status == 200
    (record,) = office.spool.records
    assert record["usage"]["cost"] == COST


@pytest.mark.parametrize("flag", ["llm.batch"])
async def test_an_admission_is_marked_on_record(flag: str):
    from tests.llm.resource.test_batch import BATCH, CREATE
    from tests.llm.scene import answers

    office = Office(answers(BATCH))
    file = office.hold("file", "file-raw", {}, SHARE)
    await office.ask({**CREATE, "input_file_id": file}, b"/v1/batches", b"POST")
    assert office.spool.records[0]["flags"] == [flag]
    assert office.spool.records[0]["target"] == "openai/gpt-large"

"""An answer asks for what it has used up, no more and no less."""

from trigate.llm.price import Price
from trigate.llm.price_settings import rates
from trigate.llm.realtime.answer import Answered
from trigate.llm.reply import Tally
from trigate.llm.resource.premises import Place
from trigate.llm.sheet import Period, Sheet

SHEET = Sheet([Period(standard=Price([rates({"input": 10**9, "output": 10**10})]))])
TALLY = Tally(input=100, output=10)


def test_it_asks_for_what_it_has_cost():
    made = Answered("voice", Place("p", "m", SHEET), TALLY)
    demand = made.demand()
    assert demand.tariff is not None
    assert demand.tariff.most(0, 0) == made.used.cost == 100 * 1_000 + 10 * 10_000
    assert (demand.input_tokens, demand.output_tokens) == (100, 10)
    assert made.action.resource == "model/voice"


def test_a_price_that_nobody_knows_is_left_to_the_limits():
    made = Answered("voice", Place("p", "m", None), TALLY)
    assert made.demand().tariff is None
    assert made.used.unpriced


def test_an_answer_that_was_not_counted_is_marked():
    assert Answered("voice", Place("p", "m", SHEET), None).used.estimated

"""What an attempt may use up."""

from trigate.core.demand import NO_DEMAND


def test_traffic_that_states_no_demand_is_bounded_and_free_of_charge() -> None:
    assert (NO_DEMAND.input_tokens, NO_DEMAND.output_tokens) == (0, 0)
    assert NO_DEMAND.tariff is not None
    assert NO_DEMAND.tariff.most(10**9, 10**9) == 0

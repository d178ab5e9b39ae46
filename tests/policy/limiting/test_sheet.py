"""Sheets: which calls share them, and what they claim."""

from tests.policy.limiting.stage import SECOND, Stage, budget, chat, only, quotas_of, rate
from trigate.core.demand import NO_DEMAND, Demand
from trigate.policy.limiting.sheet import MOST_SHEETS, Group, Sheet, cell_of

DAY = 86400 * SECOND


def test_claims_are_made_once_for_as_long_as_their_windows_last() -> None:
    stage = Stage()
    sheet = Sheet(quotas_of([rate("key", requests=1), budget(usd=1, window="day")]), ["key=a", "all"])
    claims = sheet.current(stage.wall)
    assert sheet.current(stage.wall + DAY // 3) is claims
    later = sheet.current(stage.wall + DAY)
    assert later[1].start == claims[1].end == claims[1].start + DAY
    assert sheet.current(stage.wall)[1].start == claims[1].start
    assert [claim.cell for claim in claims] == ["rate-requests-key-1m@requests:1m/key=a", "budget-usd-day@usd:day/all"]
    assert [claim.sure for claim in claims] == [True, False]


def test_calls_that_differ_in_nothing_share_the_one_sheet() -> None:
    stage = Stage()
    call = stage.call()
    group = Group(quotas_of([rate("key model", requests=1)]), call)
    assert group.only is not None
    assert group.only.values == ("key=dev,model=gpt",)


def test_calls_that_differ_in_what_limits_look_at_have_sheets_of_their_own() -> None:
    stage = Stage()
    call = stage.call(fields={"x-tenant": "a"})
    group = Group(quotas_of([rate("header:x-tenant provider", requests=1), rate(requests=5)]), call)
    assert group.only is None
    first = group.sheet(call, Demand(provider="p"))
    assert group.sheet(stage.call(fields={"x-tenant": "a"}), Demand(provider="p")) is first
    assert first.values == ("header:x-tenant=a,provider=p", "all")
    assert group.sheet(call, NO_DEMAND).values == ("all",)


def test_strangers_do_not_fill_the_memory_with_sheets() -> None:
    stage = Stage()
    group = Group(quotas_of([rate("header:x", requests=1)]), stage.call())
    for number in range(MOST_SHEETS + 10):
        group.sheet(stage.call(fields={"x": str(number)}), NO_DEMAND)
    assert len(group._sheets) <= MOST_SHEETS  # pyright: ignore[reportPrivateUsage]


def test_a_value_cannot_pass_for_another_combination() -> None:
    stage = Stage()
    quota = only(rate("team user", requests=1))
    assert cell_of(quota, stage.call(team="a,user=b", user="c"), NO_DEMAND) == "team=a%2Cuser%3Db,user=c"
    assert cell_of(quota, stage.call(team="a"), NO_DEMAND) is None


def test_hard_limits_want_the_most_and_others_what_is_likely() -> None:
    limits = [budget(tokens=1), budget(tokens=1, hard=False), budget(tokens=1, shadow=True)]
    sheet = Sheet(quotas_of(limits), ["all"] * 3)
    assert sheet.wanted(chat(10, 20)) == [30, 15, 30]
    assert sheet.wanted(chat(10, None)) == [10, 5, 5]


def test_charges_are_members_of_one_list() -> None:
    stage = Stage()
    sheet = Sheet(quotas_of([rate(requests=1), budget(usd=1), budget(tokens=5)]), ["all"] * 3)
    claims = sheet.current(stage.wall)
    text = sheet.charges(claims, [1, 7, 8], "")
    assert text == (
        '{"cell":"budget-usd-ever@usd:ever/all","start":0,"end":0,"amount":7},'
        '{"cell":"budget-tokens-ever@tokens:ever/all","start":0,"end":0,"amount":8}'
    )
    assert sheet.charges(claims, [1, 0, 8], text)[0] == ","
    assert sheet.charges(claims, [1, 0, 0], "") == ""

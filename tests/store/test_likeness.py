"""Names that look the same are found, honest neighbours are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trigate.store import likeness
from trigate.store.likeness import look_alikes, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [("send_mail", "send_rnail"), ("pay", "рау"), ("list_items", "1ist_items"), ("read-file", "read_file"), ("é", "e")],
)
def test_letters_that_look_alike_count_as_one(one: str, other: str):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("a", "create_issue"), ("b", "create_isue"), True),
        (("a", "create_issue"), ("b", "creete_issue"), True),
        (("a", "create_issue"), ("b", "create_issue"), False),
        (("a", "create_issue"), ("b", "create_issues"), False),
        (("a", "create_issue"), ("a", "create_isue"), False),
        (("a", "create_issue"), ("a", "create_lssue"), True),
        (("a", "get"), ("b", "set"), False),
        (("a", "read_file"), ("b", "write_file"), False),
    ],
)
def test_tools_of_several_servers_that_are_nearly_called_the_same(
    one: tuple[str, str], other: tuple[str, str], alike: bool
):
    found = look_alikes([one, other])
    assert found == ({one: ["/".join(other)], other: ["/".join(one)]} if alike else {})


def test_names_that_servers_make_up_are_compared_in_bounded_steps(monkeypatch: pytest.MonkeyPatch):
    steps = 0

    def plural(first: str, second: str) -> bool:
        nonlocal steps
        steps += 1
        return False

    monkeypatch.setattr(likeness, "_plural", plural)
    names = [(server, f"tool_{number:04d}_x") for server in "ab" for number in range(1000)]
    found = look_alikes([*names, *(("a", "x" + "_" * number) for number in range(1000))])
    assert steps < 100 * len(names)
    assert max(map(len, found.values())) <= 10
    assert len(found) == 3000


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text(max_size=300)), max_size=5))
def test_any_name_may_come(names: list[tuple[str, str]]):
    for each, others in look_alikes(names).items():
        assert each in names
        assert others

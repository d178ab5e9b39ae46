"""For whom limits count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.limiting.stage import exchange_of, principal_of
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.demand import NO_DEMAND, Demand
from trigate.core.usage import Usage
from trigate.policy.measure.scope import LONGEST_VALUE, SCOPES, ScopeName, cell_value, scope


def call(action: str = "llm.chat", resource: str = "model/gpt-5", address: str = "10.0.0.9", **fields: str) -> Call:
    given = {name.replace("_", "-"): value for name, value in fields.items()}
    principal = principal_of(
        key="k",
        user="u",
        agent="a",
        team="t",
        organisation="o",
        on_behalf_of="e",
        claims={"dept": "d", "n": 7, "l": []},
    )
    return Call("1", exchange_of(given, address), principal, Action(action, resource), None, 0.0, Usage())


def value(name: str, of: Call, demand: Demand = NO_DEMAND) -> str:
    return scope(ScopeName.parse(name)).read(of, demand)


EXPECTED = [
    ("key", "k"),
    ("user", "u"),
    ("end_user", "e"),
    ("agent", "a"),
    ("team", "t"),
    ("organisation", "o"),
    ("model", "gpt-5"),
    ("provider", "openai"),
    ("target", "openai/gpt-5.2"),
    ("server", ""),
    ("tool", ""),
    ("route", "chat"),
    ("address", "10.0.0.9"),
    ("lane", "llm"),
    ("session", "s"),
    ("run", "r"),
    ("header:X-Tenant", "acme"),
    ("header:x-other", ""),
    ("claim:dept", "d"),
    ("claim:n", "7"),
    ("claim:l", ""),
    ("claim:none", ""),
]


@pytest.mark.parametrize(("name", "expected"), EXPECTED)
def test_each_scope_reads_its_value(name: str, expected: str) -> None:
    demand = Demand(provider="openai", model="gpt-5.2")
    assert value(name, call(mcp_session_id="s", x_run_id="r", x_tenant="acme"), demand) == expected


def test_every_scope_without_a_name_of_its_own_is_tried_here() -> None:
    assert set(SCOPES) <= {name for name, _ in EXPECTED}


@pytest.mark.parametrize(
    ("resource", "server", "tool", "route"),
    [
        ("server/git/tool/push", "git", "git/push", "chat"),
        ("server/git/tool/a/b", "git", "git/a/b", "chat"),
        ("server/git/prompt/x", "git", "", "chat"),
        ("route/orders", "", "", "orders"),
        ("model/server/x", "", "", "chat"),
    ],
)
def test_resources_name_servers_tools_and_routes(resource: str, server: str, tool: str, route: str) -> None:
    of = call("mcp.tools.call", resource)
    assert (value("server", of), value("tool", of), value("route", of)) == (server, tool, route)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1%eth0", "2001:db8:1:2::"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("unix", "unix"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_a_host_cannot_escape_by_choosing_among_its_own_addresses(address: str, expected: str) -> None:
    assert value("address", call(address=address)) == expected


@pytest.mark.parametrize(
    "text", ["", "keys", "header:", "header:a b", "header:ä", "claim:", "claim:a b", "Key", "key:x"]
)
def test_what_is_no_scope_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="is not a scope: write key, user"):
        ScopeName.parse(text)


@pytest.mark.parametrize("name", ["Authorization", "cookie", "x-api-key"])
def test_a_secret_never_names_a_cell(name: str) -> None:
    with pytest.raises(ValueError, match="holds a secret"):
        ScopeName.parse(f"header:{name}")


texts = st.text(st.characters(), max_size=200)


@given(texts, texts)
def test_values_stay_apart_are_short_and_hold_no_separator(one: str, other: str) -> None:
    cells = cell_value(one), cell_value(other)
    assert (cells[0] == cells[1]) == (one == other)
    assert all(len(cell) <= LONGEST_VALUE + 1 and cell.isascii() for cell in cells)
    assert not set('/,=!" \n').intersection("".join(cells))


def test_a_value_that_looks_like_a_digest_is_none() -> None:
    long = "x" * 100
    assert cell_value(cell_value(long)) != cell_value(long)


def test_a_long_header_costs_no_memory_and_stays_apart_from_others() -> None:
    values = [value("header:x-tenant", call(x_tenant="y" * 9000 + end)) for end in "ab"]
    assert values[0] != values[1]
    assert all(len(each) == LONGEST_VALUE + 1 for each in values)

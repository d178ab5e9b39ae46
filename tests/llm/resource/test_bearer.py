"""Who began something is remembered as far as limits and records need it, and no further."""

import msgspec

from trigate.core.principal import Principal
from trigate.llm.resource.bearer import LONGEST_CLAIM, MOST_CLAIMS, Bearer, bearer_of


def test_what_limits_count_by_survives_a_row():
    principal = Principal(
        "dev", frozenset({"llm", "api"}), user="ann", agent="a", team="red", organisation="acme",
        roles=frozenset({"admin"}), on_behalf_of="bob", claims={"plan": "pro"}, key_id="k1",
    )  # fmt: skip
    again = msgspec.json.decode(msgspec.json.encode(bearer_of(principal)), type=Bearer).principal()
    for name in ("key", "user", "agent", "team", "organisation", "roles", "on_behalf_of", "claims", "key_id"):
        assert getattr(again, name) == getattr(principal, name)


def test_what_is_long_or_no_value_is_not_remembered():
    claims = {"long": "x" * (LONGEST_CLAIM + 1), "groups": ["a"], **{f"c{n}": n for n in range(100)}}
    kept = bearer_of(Principal("dev", frozenset(), claims=claims)).claims
    assert len(kept) == MOST_CLAIMS
    assert kept.keys().isdisjoint({"long", "groups"})

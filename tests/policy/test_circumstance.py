"""What conditions see of a call, and when it is made."""

from typing import Any

import pytest

from tests.policy.authenticators.test_api_key import exchange
from tests.policy.toys import BufferedRequest, Stage
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.principal import Principal
from trigate.core.usage import Usage
from trigate.policy.circumstance import Circumstance, describe_principal, describe_request, known_values
from trigate.policy.rule import VARIABLES

PRINCIPAL = Principal(
    "dev", frozenset({"llm"}), "ann", "bot", "red", "acme", frozenset(("b", "a")), "eve", claims={"c": 1}
)
ACTION = Action("llm.chat", "model/x")


class Counted(BufferedRequest):
    """A lane that counts how often it is asked."""

    asked = 0

    def arguments(self, ask: Any) -> Any:
        self.asked += 1
        return ask


def circumstance(ask: Any = None) -> tuple[Circumstance, Counted]:
    lane = Counted(Stage())
    return Circumstance(Call("1", exchange(), PRINCIPAL, ACTION, None, 0.0, Usage()), lane, ask), lane


def test_every_variable_has_the_members_that_conditions_may_name() -> None:
    found, _ = circumstance({})
    for name, members in VARIABLES.items():
        assert members is None or set(found[name]) == members


def test_each_is_made_when_it_is_named_and_once() -> None:
    found, lane = circumstance({"x": 1})
    assert found["principal"]["team"] == "red"
    assert lane.asked == 0
    assert found["arguments"] is found["arguments"]
    assert lane.asked == 1


def test_no_arguments_are_none_at_all() -> None:
    assert circumstance(None)[0]["arguments"] == {}


def test_a_principal_is_told_without_secrets() -> None:
    assert describe_principal(PRINCIPAL) == {
        "key": "dev", "user": "ann", "end_user": "eve", "agent": "bot", "team": "red", "organisation": "acme",
        "roles": ["a", "b"], "claims": {"c": 1},
    }  # fmt: skip


@pytest.mark.parametrize("name", [b"authorization", b"cookie", b"proxy-authorization", b"x-own"])
def test_secrets_of_a_request_are_not_seen(name: bytes) -> None:
    given = exchange()
    given.credentials = frozenset((b"x-own",))
    given.request.headers[:] = [(name, b"canary"), (b"x-a", b"1"), (b"x-a", b"2")]
    assert describe_request(given)["headers"] == {"x-a": "1, 2"}


def test_values_may_be_given() -> None:
    values = known_values(PRINCIPAL, ACTION, {"request": {"method": "GET"}, "arguments": {}})
    assert values["action"] == {"name": "llm.chat", "resource": "model/x", "lane": "llm"}
    assert values["request"] == {"method": "GET"}

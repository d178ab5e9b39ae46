"""Many rules and many keys cost what one of each costs: counted, not timed."""

import pytest

from trigate.core.action import Action
from trigate.core.principal import Principal, Restriction
from trigate.policy import rulebook
from trigate.policy.access import Access
from trigate.policy.clause import Clause, Entry, compile_rule
from trigate.policy.rule import Rule
from trigate.policy.rulebook import Rulebook, default_of
from trigate.policy.stored_rule import compile_document
from trigate.store.directory import Document

LANES = frozenset(("llm",))
CHAT = Action("llm.chat", "model/a")


def book(*rules: Rule) -> Rulebook:
    return Rulebook([compile_rule(rule, str(number)) for number, rule in enumerate(rules)], "deny")


def many(count: int) -> list[Rule]:
    return [Rule(team=f"team-{number}", allow=("llm.*",), deny=("llm.* model/secret",)) for number in range(count)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the work that is done, in order."""
    done: list[str] = []
    concerns, fits = Clause.concerns, Entry.fits

    def count_concerns(self: Clause, principal: Principal) -> bool:
        done.append("concerns")
        return concerns(self, principal)

    def count_fits(self: Entry, action: Action) -> bool:
        done.append("fits")
        return fits(self, action)

    monkeypatch.setattr(Clause, "concerns", count_concerns)
    monkeypatch.setattr(Entry, "fits", count_fits)
    return done


def test_rules_that_concern_a_principal_keep_their_order() -> None:
    rules = [
        Rule(allow=("*",)),
        Rule(key="k", allow=("*",)),
        Rule(team="t*", allow=("*",)),
        Rule(user="x", allow=("*",)),
    ]
    found = book(*rules).concerning(Principal("k", LANES, team="t"))
    assert [each.place for each in found] == ["0", "1", "2"]


def test_a_rule_that_two_names_lead_to_comes_once() -> None:
    found = book(Rule(role=("a", "b"), allow=("*",))).concerning(Principal("k", LANES, roles=frozenset("ab")))
    assert len(found) == 1


@pytest.mark.parametrize("count", [1, 1000])
def test_the_first_decision_costs_the_same_with_a_thousand_rules(count: int, counted: list[str]) -> None:
    access = Access(many(count))
    assert access.allows(Principal("k", LANES, team="team-0"), CHAT)
    assert counted == ["concerns", "fits", "fits"]


@pytest.mark.parametrize("count", [1, 1000])
def test_every_further_decision_costs_nothing(count: int, counted: list[str]) -> None:
    access, principal = Access(many(count)), Principal("k", LANES, team="team-0")
    access.allows(principal, CHAT)
    counted.clear()
    for _ in range(10):
        assert access.allows(principal, Action("llm.chat", "model/a"))
    assert counted == []


def test_ten_thousand_keys_of_one_team_share_what_they_are_granted(counted: list[str]) -> None:
    access = Access(many(100))
    keys = [Principal(f"key-{number}", LANES, team="team-7") for number in range(10_000)]
    assert all(access.allows(each, CHAT) for each in keys)
    assert len({id(each.access) for each in keys}) == 1
    assert counted.count("concerns") == 10_000
    assert counted.count("fits") == 2


def test_whoever_is_granted_the_same_shares_it_and_nobody_else() -> None:
    grants = book(Rule(team="red", allow=("*",))).grants
    red = grants(Principal("a", LANES, team="red"))
    assert grants(Principal("b", LANES, team="red")) is red
    assert grants(Principal("b", LANES)) is not red
    assert grants(Principal("b", frozenset(("api",)), team="red")) is not red
    assert grants(Principal("b", LANES, team="red", restriction=Restriction(models=("x",)))) is not red


@pytest.mark.parametrize(
    ("when", "shared"),
    [
        ("action.resource == principal.user", False),
        ('principal.user == "x"', False),
        ('action.name == "llm.chat"', True),
        ("arguments.x == 1", True),
    ],
)
def test_a_condition_on_the_principal_keeps_grants_apart(when: str, shared: bool) -> None:
    found = book(Rule(allow=("*",), when=when))
    assert (found.grants(Principal("a", LANES)) is found.grants(Principal("b", LANES))) is shared


def test_a_rule_of_the_store_that_stays_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []

    def count(document: Document) -> tuple[Clause | None, str]:
        compiled.append(document.name)
        return compile_document(document)

    monkeypatch.setattr("trigate.policy.access.compile_document", count)
    documents = [Document(kind="access", name=f"r{number}", body=b'{"allow":["*"]}') for number in range(100)]
    access = Access()
    access.use_documents(documents)
    access.use_documents([*documents[1:], Document(kind="access", name="new", body=b'{"deny":["*"]}')])
    assert compiled == [*(f"r{number}" for number in range(100)), "new"]


def test_new_rules_are_worked_out_anew() -> None:
    access, principal = Access(), Principal("k", LANES)
    access.allows(principal, CHAT)
    before = principal.access
    access.use_documents([])
    assert access.allows(principal, CHAT)
    assert principal.access is before
    access.use_documents([Document(kind="access", name="r", body=b'{"allow":["*"]}')])
    assert access.allows(principal, CHAT)
    assert principal.access is not before


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "MOST_KNOWN", 10)
    access = Access()
    callers = [Principal(f"k{number}", LANES, team="a" if number else "") for number in range(2)]
    for number in range(100):
        for each in callers:
            assert access.allows(each, Action("llm.chat", f"model/{number}"))
    assert sum(len(known) for known in {id(each.access.known): each.access.known for each in callers}.values()) <= 10


def test_long_names_are_not_remembered() -> None:
    access, principal = Access(), Principal("k", LANES)
    assert access.allows(principal, Action("llm.chat", "model/" + "x" * 9000))
    assert principal.access.known == {}


def test_the_default_that_holds() -> None:
    assert default_of([], None) == "allow"
    assert default_of([Rule(deny=("*",))], None) == "allow"
    assert default_of([Rule(allow=("llm.*",))], None) == "deny"
    assert default_of([Rule(allow=("llm.*",))], "allow") == "allow"
    assert default_of([], "deny") == "deny"

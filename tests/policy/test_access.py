"""Who may do what: rules against a model of a few lines, conditions, credentials' own limits, rules of the store."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.authenticators.test_api_key import exchange
from tests.policy.toys import BufferedRequest, Stage
from trigate.core.action import Action
from trigate.core.call import Call
from trigate.core.errors import Forbidden
from trigate.core.principal import Principal, Restriction
from trigate.core.usage import Usage
from trigate.policy.access import Access
from trigate.policy.rule import Rule
from trigate.store.directory import Document

LANES = frozenset(("api", "llm", "mcp"))
TEAMS, KEYS = ("red", "blue"), ("k1", "k2", "dev*")
NAMES = ("llm.chat", "mcp.tools.call", "api.request")
RESOURCES = ("model/a", "model/ab", "server/s/tool/t", "route/r")


class Asked(BufferedRequest):
    """A lane whose asks have arguments."""

    def arguments(self, ask: Any) -> Any:
        return ask


def call_of(principal: Principal, action: Action) -> Call:
    return Call("1", exchange(), principal, action, None, 0.0, Usage())


def may(access: Access, principal: Principal, action: Action, arguments: Any = None) -> bool:
    """What `authorize` says."""
    try:
        access.authorize(call_of(principal, action), Asked(Stage()), arguments)
    except Forbidden:
        return False
    return True


def caller(**more: Any) -> Principal:
    return Principal("dev", LANES, **more)


CHAT = Action("llm.chat", "model/a")
CALL = Action("mcp.tools.call", "server/s/tool/t")

# --- the model: deny wins, then allow, then the default --------------------------------------------------------------


def fits(glob: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, glob.split("*"))), text, re.DOTALL) is not None


def expected(rules: Iterable[Rule], default: str, principal: Principal, action: Action) -> bool:
    def concerned(rule: Rule) -> bool:
        teams, keys = ([each] if isinstance(each, str) else each or () for each in (rule.team, rule.key))
        return (not teams or any(principal.team and fits(each, principal.team) for each in teams)) and (
            not keys or any(fits(each, principal.key) for each in keys)
        )

    def listed(entries: Iterable[str]) -> bool:
        pairs = [(*entry.split(" "), "*")[:2] for entry in entries]
        return any(fits(name, action.name) and fits(resource, action.resource) for name, resource in pairs)

    mine = [rule for rule in rules if concerned(rule)]
    if any(listed(rule.deny) for rule in mine):
        return False
    return default == "allow" or any(listed(rule.allow) for rule in mine)


entries = st.tuples(
    st.sampled_from((*NAMES, "llm.*", "*", "mcp.*.call")),
    st.sampled_from(("", " *", " model/*", " model/a", " server/*/tool/*", " *b", " route/r")),
).map("".join)
globs = st.lists(st.sampled_from((*TEAMS, "*", "r*", "*e*")), max_size=2).map(tuple)
rules = st.builds(
    lambda team, key, allow, deny: Rule(
        team=team or None, key=key or None, allow=allow, deny=deny if allow or deny else ("*",)
    ),
    globs,
    st.lists(st.sampled_from((*KEYS, "k*")), max_size=2).map(tuple),
    st.lists(entries, max_size=3).map(tuple),
    st.lists(entries, max_size=2).map(tuple),
)
principals = st.builds(
    lambda key, team: Principal(key, LANES, team=team), st.sampled_from(KEYS), st.sampled_from(("", *TEAMS))
)
actions = st.builds(Action, st.sampled_from(NAMES), st.sampled_from(RESOURCES))


@given(
    st.lists(rules, max_size=8),
    st.sampled_from(("allow", "deny")),
    st.lists(principals, min_size=1, max_size=4),
    st.lists(actions, min_size=1, max_size=6),
)
def test_deny_wins_then_allow_then_the_default(
    written: list[Rule], default: Any, callers: list[Principal], asked: list[Action]
) -> None:
    access = Access(written, default)
    for _ in range(2):  # the second time from memory
        for principal in callers:
            for action in asked:
                answer = expected(written, default, principal, action)
                assert may(access, principal, action) is answer
                assert access.allows(principal, action) is answer
                assert access.judge(principal, action, {}).allowed is answer


# --- the default ------------------------------------------------------------------------------------------------------


def test_without_rules_a_key_may_use_its_lanes() -> None:
    assert may(Access(), caller(), CHAT)
    assert not may(Access(), Principal("dev", frozenset({"mcp"})), CHAT)


def test_a_list_of_what_is_allowed_means_that_the_rest_is_not() -> None:
    assert not may(Access([Rule(allow=("llm.*",))]), caller(), CALL)
    assert may(Access([Rule(deny=("llm.*",))]), caller(), CALL)
    assert may(Access([Rule(allow=("llm.*",))], "allow"), caller(), CALL)
    assert not may(Access([Rule(deny=("llm.*",))], "deny"), caller(), CALL)


@pytest.mark.parametrize(
    "action",
    [
        Action("llm.models.list", "model/*"),
        Action("mcp.tools.list", "server/*"),
        Action("mcp.initialize", "endpoint/*"),
        Action("mcp.resources.read", "endpoint/dev"),
    ],
)
def test_what_is_about_nothing_yet_needs_no_rule_but_can_be_denied(action: Action) -> None:
    assert may(Access((), "deny"), caller(), action)
    assert not may(Access([Rule(deny=(f"{action.lane}.*",))], "allow"), caller(), action)
    assert not may(Access((), "deny"), Principal("dev", frozenset()), action)


# --- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "principal"),
    [
        ({"key": "dev"}, caller()),
        ({"user": "a*"}, caller(user="ann")),
        ({"end_user": "eve"}, caller(on_behalf_of="eve")),
        ({"agent": ("x", "bot")}, caller(agent="bot")),
        ({"team": "*"}, caller(team="red")),
        ({"organisation": "acme"}, caller(organisation="acme")),
        ({"role": "admin"}, caller(roles=frozenset(("viewer", "admin")))),
        ({"claim": {"tier": "gold"}}, caller(claims={"tier": "gold"})),
        ({"claim": {"realm.groups": "dev-*"}}, caller(claims={"realm": {"groups": ["x", "dev-1"]}})),
        ({"claim": {"https://x.example/tier": "1"}}, caller(claims={"https://x.example/tier": 1})),
        ({"claim": {"verified": "true"}}, caller(claims={"verified": True})),
        ({"team": "red", "role": "admin"}, caller(team="red", roles=frozenset(("admin",)))),
    ],
)
def test_a_rule_is_about_whom_it_names(who: dict[str, Any], principal: Principal) -> None:
    access = Access([Rule(allow=("llm.*",), **who)])
    assert may(access, principal, CHAT)
    assert not may(access, caller(key_id="1") if "key" not in who else Principal("other", LANES), CHAT)


def test_everything_that_a_rule_says_must_hold() -> None:
    access = Access([Rule(team="red", role="admin", allow=("llm.*",))])
    assert not may(access, caller(team="red"), CHAT)
    assert not may(access, caller(roles=frozenset(("admin",))), CHAT)


def test_a_star_is_anyone_who_has_one() -> None:
    assert not may(Access([Rule(team="*", allow=("*",))]), caller(), CHAT)


@pytest.mark.parametrize("claims", [{}, {"realm": "x"}, {"realm": {"groups": [{}]}}, {"realm": {"groups": None}}])
def test_a_claim_that_is_not_there_or_no_text_names_nobody(claims: dict[str, Any]) -> None:
    assert not may(Access([Rule(claim={"realm.groups": "*"}, allow=("*",))]), caller(claims=claims), CHAT)


# --- what a credential is limited to itself -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("restriction", "allowed", "refused"),
    [
        (Restriction(models=("a*",)), Action("llm.chat", "model/ab"), Action("llm.chat", "model/b")),
        (Restriction(servers=("git",)), Action("mcp.tools.call", "server/git/tool/x"), CALL),
        (Restriction(routes=("r",)), Action("api.request", "route/r"), Action("api.request", "route/rr")),
    ],
)
def test_a_credential_binds_whatever_rules_allow(restriction: Restriction, allowed: Action, refused: Action) -> None:
    principal = caller(restriction=restriction)
    for access in (Access(), Access([Rule(allow=("*",))])):
        assert may(access, principal, allowed)
        assert not may(access, principal, refused)
        assert access.judge(principal, refused, {}).reason == "restriction"
        assert may(access, principal, Action("mcp.tools.list", "server/*"))
        assert may(access, principal, Action("llm.models.list", "model/*"))


def test_a_model_called_like_the_list_is_no_way_around() -> None:
    assert not may(Access(), caller(restriction=Restriction(models=("a",))), Action("llm.chat", "model/*"))


# --- conditions -------------------------------------------------------------------------------------------------------


def test_an_argument_decides_each_call_anew() -> None:
    access = Access([Rule(allow=("mcp.*",), when='arguments.path.startsWith("/tmp/")')])
    principal = caller()
    for _ in range(2):
        assert may(access, principal, CALL, {"path": "/tmp/x"})
        assert not may(access, principal, CALL, {"path": "/etc/passwd"})


@pytest.mark.parametrize("arguments", [None, {}, {"path": 7}, {"path": "x" * 100_000}])
def test_what_cannot_be_told_allows_nothing_and_denies(arguments: Any) -> None:
    when = 'arguments.path.startsWith("x")'
    assert not may(Access([Rule(allow=("mcp.*",), when=when)]), caller(), CALL, arguments)
    assert not may(Access([Rule(deny=("mcp.*",), when=when)]), caller(), CALL, arguments)
    assert not may(Access([Rule(allow=("*",)), Rule(deny=("mcp.*",), when=when)]), caller(), CALL, arguments)


def test_one_condition_may_deny_and_allow() -> None:
    access = Access([Rule(allow=("mcp.tools.call",), deny=("llm.*",), when="arguments.x == 1")])
    assert may(access, caller(), CALL, {"x": 1})
    assert not may(access, caller(), CHAT, {"x": 1})
    assert not may(access, caller(), CHAT, {"x": 2})


def test_a_request_is_looked_at_without_its_credential() -> None:
    rule = Rule(allow=("llm.*",), when='request.address == "127.0.0.1" && !("authorization" in request.headers)')
    call = call_of(caller(), CHAT)
    call.exchange.request.headers.append((b"authorization", b"Bearer canary"))
    Access([rule]).authorize(call, Asked(Stage()), None)


def test_a_condition_on_the_principal_is_asked_once_for_each() -> None:
    access = Access([Rule(allow=("*",), when='principal.team == "red" && "admin" in principal.roles')])
    assert may(access, caller(team="red", roles=frozenset(("admin",))), CHAT)
    assert not may(access, caller(team="red"), CHAT)
    assert not may(access, caller(team="blue", roles=frozenset(("admin",))), CHAT)


def test_a_condition_on_principal_and_action_is_not_shared() -> None:
    access = Access([Rule(allow=("*",), when='action.resource == "model/" + principal.user')])
    assert may(access, caller(user="a"), CHAT)
    assert not may(access, caller(user="b"), CHAT)
    assert may(access, caller(user="a"), CHAT)


def test_a_list_shows_what_may_be_allowed() -> None:
    hidden = Rule(deny=("llm.*",), when='action.resource == "model/a"')
    access = Access([Rule(allow=("mcp.*",), when="arguments.x == 1"), hidden])
    assert access.allows(caller(), CALL)
    assert not access.allows(caller(), CHAT)
    assert Access([Rule(deny=("mcp.*",), when="arguments.x == 1")]).allows(caller(), CALL)


# --- rules of the store -----------------------------------------------------------------------------------------------


def document(tenant: str = "", **rule: Any) -> Document:
    return Document(kind="access", name="r", body=msgspec.json.encode(rule), organisation=tenant)


def test_rules_of_the_store_hold_beside_those_of_the_file_until_replaced() -> None:
    access, principal = Access([Rule(allow=("llm.*",))]), caller()
    assert not may(access, principal, CALL)
    access.use_documents([document(allow=["mcp.*"]), Document(kind="limit", name="l", body=b"nothing for us")])
    assert may(access, principal, CALL)
    assert may(access, principal, CHAT)
    access.use_documents([document(deny=["*"])])
    assert not may(access, principal, CHAT)
    access.use_documents([])
    assert may(access, principal, CHAT)
    assert not may(access, principal, CALL)


def test_a_rule_of_an_organisation_binds_nobody_else() -> None:
    access = Access()
    access.use_documents([document("acme", deny=["*"]), document("evil", organisation="*", allow=["*"])])
    assert not may(access, caller(organisation="acme"), CHAT)
    assert may(access, caller(organisation="other"), CHAT)
    assert may(access, caller(), CHAT)


def test_a_rule_of_the_store_does_not_change_the_default() -> None:
    access = Access()
    access.use_documents([document("acme", allow=["llm.*"])])
    assert may(access, caller(organisation="other"), CALL)


def test_a_rule_that_cannot_be_used_is_told_once_and_never_lets_more_through() -> None:
    access = Access()
    bad = Document(kind="access", name="bad", body=b'{"teem":"x","allow":["*"]}')
    (problem,) = access.use_documents([document("acme", allow=["*"]), bad])
    assert problem.startswith("access rule 'bad' of the store cannot be used as it is: ")
    assert not may(access, caller(organisation="acme"), CHAT)
    assert access.use_documents([document("acme", allow=["*"]), bad]) == []
    assert access.use_documents([]) == []
    assert may(access, caller(), CHAT)


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_refusal_names_who_what_and_nothing_of_the_rules() -> None:
    rules = [Rule(name="canary-rule", team="canary-team", allow=("*",)), Rule(deny=("llm.* model/a",), key="dev")]
    with pytest.raises(Forbidden) as refused:
        Access(rules).authorize(call_of(caller(on_behalf_of="eve"), CHAT), Asked(Stage()), None)
    assert refused.value.message == "key 'dev' for 'eve' may not do llm.chat on model/a"
    assert refused.value.code == "access.denied"


def test_a_refusal_by_lane_names_the_lane() -> None:
    with pytest.raises(Forbidden, match="'dev' may not use the mcp lane"):
        Access().authorize(call_of(Principal("dev", frozenset({"llm"})), CALL), Asked(Stage()), None)


def test_a_refusal_is_no_longer_than_needed() -> None:
    with pytest.raises(Forbidden) as refused:
        Access((), "deny").authorize(call_of(caller(), Action("llm.chat", "model/" + "x" * 9000)), Asked(Stage()), None)
    assert len(refused.value.message) < 300


def test_a_judgement_names_the_rule() -> None:
    access = Access([Rule(name="all", allow=("*",)), Rule(deny=("llm.*",), when='request.method == "POST"')])
    ruling = access.judge(caller(), CHAT, {"request": {"method": "POST"}})
    assert (ruling.allowed, ruling.by and ruling.by.place) == (False, "policy.access[1]")
    ruling = access.judge(caller(), CHAT, {"request": {"method": "GET"}})
    assert (ruling.allowed, ruling.by and ruling.by.name) == (True, "all")
    assert access.judge(caller(), CHAT, {}).by is ruling.by or not access.judge(caller(), CHAT, {}).allowed
    assert Access((), "deny").judge(caller(), CHAT, {}).reason == "default"

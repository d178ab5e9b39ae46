"""A service of one's own that says who is calling."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.patience import PATIENCE
from tests.policy.authenticators.test_api_key import exchange
from tests.policy.issuer import Ground, Service
from trigate.core.clock import clock
from trigate.core.errors import Forbidden, IdentityUnavailable, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Duration
from trigate.policy.authenticator import Circumstances, Identify
from trigate.policy.authenticators.external import External
from trigate.policy.claim import Claims
from trigate.policy.directory import Directory

Answer = tuple[int, dict[str, str], bytes]


class Judge(Service):
    """Answers what a test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.says: Callable[[dict[str, str]], Answer] = lambda fields: (200, {"x-auth-user": "ada"}, b"")

    def answer(self, line: str, fields: dict[str, str], body: bytes) -> Answer:
        return self.says(fields)


@pytest_asyncio.fixture
async def ground() -> AsyncIterator[Ground]:
    async with Ground() as made:
        yield made


@pytest_asyncio.fixture
async def judge() -> AsyncIterator[Judge]:
    async with Judge() as made:
        yield made


def opened(judge: Judge, ground: Ground, **settings: Any) -> Identify:
    made = {"url": f"{judge.url}/check", "timeout": Duration(30), **settings}
    return External(**made).open(Circumstances(Directory({}), ground.client, ground.surroundings))


def shown(path: bytes = b"/a", **fields: str) -> Exchange:
    made = exchange(**(fields or {"authorization": "Custom x"}))
    made.request.path, made.request.query, made.request.target = path, b"q=secret", path + b"?q=secret"
    return made


async def outcome(identify: Identify, made: Exchange) -> Principal:
    found = identify(made)
    assert found is not None
    principal = found if isinstance(found, Principal) else await asyncio.wait_for(found, PATIENCE)
    assert principal is not None
    return principal


async def test_the_service_sees_what_it_must_and_no_more(judge: Judge, ground: Ground) -> None:
    made = shown(authorization="Custom x", cookie="a=b", x_api_key="another", user_agent="me")
    found = await outcome(opened(judge, ground, passed_on=("cookie",)), made)
    assert (found.key, found.user) == ("external:ada", "ada")
    assert made.credentials == {b"authorization"}
    ((line, fields, _),) = judge.asked
    assert line == "GET /check HTTP/1.1"
    assert (fields["authorization"], fields["cookie"], fields["x-forwarded-uri"]) == ("Custom x", "a=b", "/a")
    assert (fields["x-forwarded-method"], fields["x-forwarded-for"]) == ("GET", "127.0.0.1")
    assert not {"x-api-key", "user-agent"} & set(fields)


async def test_a_request_without_any_of_its_fields_is_not_asked_about(judge: Judge, ground: Ground) -> None:
    assert opened(judge, ground)(shown(user_agent="me")) is None
    assert judge.asked == []
    assert (await outcome(opened(judge, ground, always=True), shown(user_agent="me"))).user == "ada"


async def test_a_json_answer_may_say_more(judge: Judge, ground: Ground) -> None:
    body = json.dumps({"who": {"name": "ada"}, "groups": ["a", "b"], "header": {"x-auth-user": "forged"}}).encode()
    judge.says = lambda _: (200, {"content-type": "application/json", "x-team": "ops"}, body)
    claims = Claims(user="who.name", roles="groups", team="header.x-team")
    found = await outcome(opened(judge, ground, claims=claims), shown())
    assert (found.user, found.team, found.roles) == ("ada", "ops", {"a", "b"})


async def test_an_answer_that_names_nobody_is_no_acceptance(judge: Judge, ground: Ground) -> None:
    judge.says = lambda _: (204, {}, b"")
    with pytest.raises(Unauthenticated):
        await outcome(opened(judge, ground), shown())


async def test_a_refusal_is_passed_on_with_its_challenge(judge: Judge, ground: Ground) -> None:
    judge.says = lambda _: (401, {"www-authenticate": 'Custom realm="x"'}, b"")
    with pytest.raises(Unauthenticated) as refused:
        await outcome(opened(judge, ground), shown())
    assert refused.value.headers == ((b"www-authenticate", b'Custom realm="x"'),)
    judge.says = lambda _: (403, {}, b"")
    with pytest.raises(Forbidden):
        await outcome(opened(judge, ground), shown())


@pytest.mark.parametrize(
    "answer", [(500, {}, b""), (302, {}, b""), (404, {}, b""), (200, {"content-type": "application/json"}, b"{")]
)
async def test_any_other_answer_is_no_answer(judge: Judge, ground: Ground, answer: Answer) -> None:
    judge.says = lambda _: answer
    with pytest.raises(IdentityUnavailable):
        await outcome(opened(judge, ground), shown())


async def test_a_service_that_hangs_is_waited_for_only_so_long(judge: Judge, ground: Ground) -> None:
    judge.slow = asyncio.Event()
    with pytest.raises(IdentityUnavailable) as late:
        await outcome(opened(judge, ground, timeout=Duration(0.1)), shown())
    assert late.value.status == 503


async def test_an_answer_is_remembered_only_if_it_says_so(judge: Judge, ground: Ground) -> None:
    identify = opened(judge, ground)
    found = await outcome(identify, shown())
    assert found.expires == 0.0
    await outcome(identify, shown())
    assert len(judge.asked) == 2
    judge.says = lambda _: (200, {"x-auth-user": "ada", "cache-control": "private, max-age=60"}, b"")
    found = await outcome(identify, shown())
    assert found.expires > clock.wall_ns() / 1e9
    assert identify(shown()) is found
    assert len(judge.asked) == 3


@pytest.mark.parametrize("control", ["no-store, max-age=60", "max-age=0", "s-maxage=60", "max-age=x", "no-cache"])
async def test_other_words_about_caching_forbid_it(judge: Judge, ground: Ground, control: str) -> None:
    judge.says = lambda _: (200, {"x-auth-user": "ada", "cache-control": control}, b"")
    identify = opened(judge, ground)
    await outcome(identify, shown())
    await outcome(identify, shown())
    assert len(judge.asked) == 2


async def test_everything_that_was_asked_is_part_of_what_is_remembered(judge: Judge, ground: Ground) -> None:
    judge.says = lambda fields: (
        200, {"x-auth-user": fields["authorization"].split()[-1], "cache-control": "max-age=60"}, b"",
    )  # fmt: skip
    identify = opened(judge, ground, forward=("authorization", "x-a", "x-b"))
    different: list[Exchange] = [
        shown(authorization="x one"),
        shown(authorization="x two"),
        shown(b"/b", authorization="x one"),
        shown(authorization="x one", x_a="1"),
        shown(authorization="x one", x_b="1"),
    ]
    method = shown(authorization="x one")
    method.request.method = b"PUT"
    host = shown(authorization="x one")
    host.request.authority = b"other.example"
    for made in [*different, method, host]:
        await outcome(identify, made)
    assert len(judge.asked) == 7


@pytest.mark.parametrize("name", ["host", "Content-Length", "x-forwarded-for", "connection", ""])
def test_fields_that_frame_or_tell_the_way_cannot_be_forwarded(name: str) -> None:
    with pytest.raises(ValueError, match="forwarded"):
        External(url="http://127.0.0.1/", forward=(name,))

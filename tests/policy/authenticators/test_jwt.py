"""Tokens: good ones accepted once and known again, every known forgery refused, and issuers on their bad days."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import jwt as pyjwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization
from jwt.algorithms import ECAlgorithm, HMACAlgorithm

from tests.outbound.chaos import eventually
from tests.patience import PATIENCE
from tests.policy.authenticators.test_api_key import exchange
from tests.policy.circumstances import given
from tests.policy.issuer import AUDIENCE, Ground, Issuer, SigningKey, key_set, payload, segment
from tests.policy.rows import key, snapshot
from trigate.core.clock import clock
from trigate.core.errors import IdentityUnavailable, Unauthenticated
from trigate.core.exchange import Exchange
from trigate.core.principal import Principal
from trigate.core.settings import Duration, Secret
from trigate.policy.authenticator import Circumstances, Identify
from trigate.policy.authenticators.jwt import Jwt
from trigate.policy.bulletin import Whole
from trigate.policy.claim import Claims
from trigate.policy.directory import Directory
from trigate.store.directory import User

KEY = SigningKey("one")
RSA = SigningKey("rsa", "RS256")
ISSUER = "https://issuer.example"
ES256 = ECAlgorithm(ECAlgorithm.SHA256)
HS256 = HMACAlgorithm(HMACAlgorithm.SHA256)
ADA = User(name="ada", teams=("ops",), organisation="acme", roles=("admin", "dev"))
SECRET = "shared-secret-of-at-least-32-bytes!"


def offline(**settings: Any) -> Identify:
    """An authenticator whose keys stand in the file."""
    made = {"issuer": ISSUER, "audience": (AUDIENCE,), "keys": key_set(KEY, RSA), **settings}
    return Jwt(**made).open(given({}))


def bearing(token: str) -> Exchange:
    return exchange(authorization=f"Bearer {token}")


def accepted(identify: Identify, token: str) -> Principal:
    found = identify(bearing(token))
    assert isinstance(found, Principal)
    return found


def refused(identify: Identify, token: str) -> str:
    with pytest.raises(Unauthenticated) as error:
        identify(bearing(token))
    challenge = dict(error.value.headers)[b"www-authenticate"].decode()
    assert challenge.startswith('Bearer realm="trigate", error="invalid_token"')
    assert token not in error.value.message + challenge
    return error.value.message


async def outcome(identify: Identify, token: str) -> Principal:
    found = identify(bearing(token))
    assert found is not None
    principal = found if isinstance(found, Principal) else await asyncio.wait_for(found, PATIENCE)
    assert principal is not None
    return principal


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES384", "EdDSA"])
def test_a_good_token_names_its_caller(algorithm: str) -> None:
    signing = SigningKey("k", algorithm)
    shown = bearing(signing.token())
    principal = offline(keys=key_set(signing))(shown)
    assert isinstance(principal, Principal)
    assert (principal.key, principal.user, principal.lanes) == ("jwt:ada", "ada", {"api", "llm", "mcp"})
    assert principal.claims["aud"] == AUDIENCE
    assert shown.credentials == {b"authorization"}


def test_what_is_no_token_is_left_to_the_next_authenticator() -> None:
    identify = offline()
    assert identify(exchange()) is None
    assert identify(bearing("an-api-key")) is None
    assert identify(exchange(authorization="Basic a.b.c")) is None


def test_the_same_token_is_the_same_principal_and_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    identify, token = offline(), KEY.token()
    first = accepted(identify, token)
    monkeypatch.setattr("trigate.policy.authenticators.jwt.read_token", pytest.fail)
    assert accepted(identify, token) is first


def test_a_look_alike_that_shares_all_but_its_last_characters_is_refused() -> None:
    identify, token = offline(), KEY.token()
    accepted(identify, token)
    head, claims, signature = token.split(".")
    for forged in (
        f"{head}.{claims}.{signature[:-4]}AAAA",
        f"{head}.{segment(payload(sub='root'))}.{signature}",
        f"{head}.{claims}.{signature}A",
        f"{head}.{claims}.",
    ):
        refused(identify, forged)
    assert accepted(identify, token).user == "ada"


def test_an_expired_token_is_refused_although_it_was_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    identify, token = offline(leeway=Duration(10)), KEY.token()
    principal = accepted(identify, token)
    later = clock.wall_ns() + 311 * 10**9
    monkeypatch.setattr(clock, "wall_ns", lambda: later)
    assert principal.expires < later / 1e9
    assert "expired" in refused(identify, token)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "2099-01-01"},
        {"exp": True},
        {"exp": -1},
        {"exp": 10**30},
        {"nbf": 10**10},
        {"iat": 10**10},
        {"iat": "now"},
        {"iss": "https://issuer.example/"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": ["https://issuer.example"]},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"aud": []},
        {"aud": [AUDIENCE, 1]},
        {"aud": {"x": AUDIENCE}},
        {"aud": AUDIENCE + "/"},
        {"sub": None},
        {"sub": ""},
        {"sub": ["ada"]},
        {"sub": "a\u202eb"},
        {"sub": "x" * 257},
    ],
)
def test_claims_that_do_not_hold_are_refused(claims: dict[str, Any]) -> None:
    # Encoded by hand: a library would refuse to make most of these.
    signed = f"{segment({'alg': 'ES256', 'kid': 'one'})}.{segment(payload(**claims))}"
    signature = ES256.sign(signed.encode(), KEY.private)
    with pytest.raises(Unauthenticated):
        offline()(bearing(f"{signed}.{segment(signature)}"))


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]])
def test_an_audience_may_be_one_of_several(audience: object) -> None:
    assert accepted(offline(), KEY.token(aud=audience)).user == "ada"


def test_clocks_may_differ_by_the_leeway() -> None:
    now = int(clock.wall_ns() / 1e9)
    identify = offline(leeway=Duration(60))
    assert accepted(identify, KEY.token(exp=now - 30)).user == "ada"
    assert accepted(identify, KEY.token(nbf=now + 30, iat=now + 30)).user == "ada"
    refused(identify, KEY.token(exp=now - 90))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_token_is_refused_however_it_is_spelled(algorithm: str) -> None:
    head = segment({"alg": algorithm, "typ": "JWT"})
    refused(offline(), f"{head}.{segment(payload())}.")
    refused(offline(), f"{head}.{segment(payload())}.{KEY.token().split('.')[2]}")


def test_a_public_key_is_never_a_shared_secret() -> None:
    pem = RSA.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for secret in (pem, pem.strip(), json.dumps(RSA.jwk).encode()):
        signed = f"{segment({'alg': 'HS256', 'kid': 'rsa'})}.{segment(payload())}"
        signature = HS256.sign(signed.encode(), secret)
        assert "algorithm" in refused(offline(), f"{signed}.{segment(signature)}")


def test_a_key_serves_no_algorithm_of_another_type() -> None:
    for algorithm in ("ES256", "PS256", "RS512", "EdDSA"):
        head = segment({"alg": algorithm, "kid": "rsa"})
        refused(offline(), f"{head}.{segment(payload())}.{RSA.token().split('.')[2]}")


@pytest.mark.parametrize(
    "key_id",
    [
        "../../../../dev/null",
        "' UNION SELECT 'x",
        "https://evil.example/keys",
        "one\x00",
        "../one",
        "ONE",
        "one\n",
        "x" * 300,
    ],
)
def test_a_key_id_is_only_ever_compared(key_id: str) -> None:
    evil = SigningKey(key_id)
    refused(offline(), evil.token())
    with pytest.raises(Unauthenticated):
        offline()(bearing(KEY.token({"kid": key_id})))


def test_a_token_does_not_choose_the_key_that_proves_it() -> None:
    evil = SigningKey("evil")
    for header in (
        {"jwk": evil.jwk},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/chain"},
        {"x5c": ["MIIB"]},
        {"jwk": evil.jwk, "kid": "one"},
    ):
        refused(offline(), evil.token(header))
    assert accepted(offline(), KEY.token({"jwk": evil.jwk})).user == "ada"


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": False, "crit": ["b64"]},
        {"zip": "DEF"},
        {"typ": "logout+jwt"},
        {"typ": 1},
        {"kid": 1},
    ],
)
def test_headers_that_ask_for_more_are_refused(header: dict[str, Any]) -> None:
    signed = f"{segment({'alg': 'ES256', 'kid': 'one', **header})}.{segment(payload())}"
    signature = ES256.sign(signed.encode(), KEY.private)
    refused(offline(), f"{signed}.{segment(signature)}")


@pytest.mark.parametrize("type_", ["JWT", "jwt", "at+jwt", "application/at+JWT"])
def test_types_of_access_tokens_are_accepted(type_: str) -> None:
    assert accepted(offline(), KEY.token({"typ": type_})).user == "ada"


def test_a_claim_that_comes_twice_is_refused() -> None:
    body = json.dumps(payload())[:-1] + ', "sub": "root"}'
    signed = f"{segment({'alg': 'ES256', 'kid': 'one'})}.{segment(body.encode())}"
    signature = ES256.sign(signed.encode(), KEY.private)
    assert "read" in refused(offline(), f"{signed}.{segment(signature)}")


def test_a_huge_token_is_refused_before_it_is_read() -> None:
    assert "large" in refused(offline(), KEY.token(padding="x" * 20_000))


def test_shared_secrets_count_only_where_they_are_configured() -> None:
    identify = Jwt(secret=Secret(SECRET), audience=(AUDIENCE,)).open(given({}))
    assert accepted(identify, pyjwt.encode(payload(), SECRET, "HS256")).user == "ada"
    refused(identify, pyjwt.encode(payload(), SECRET[:-1] + "?", "HS256"))
    refused(identify, pyjwt.encode(payload(), SECRET + SECRET, "HS512"))
    refused(identify, KEY.token())
    refused(offline(), pyjwt.encode(payload(), SECRET, "HS256"))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"issuer": ISSUER}, "audience"),
        ({"issuer": ISSUER, "audience": ("x",), "any_audience": True}, "audience"),
        ({"audience": ("x",)}, "where the keys are"),
        ({"audience": ("x",), "issuer": ISSUER, "algorithms": ("HS256",)}, "secret"),
        ({"audience": ("x",), "secret": Secret("short")}, "32 bytes"),
        ({"audience": ("x",), "secret": Secret(SECRET), "keys": "{}"}, "exclude"),
        ({"audience": ("x",), "secret": Secret(SECRET), "algorithms": ("RS256",)}, "only HS"),
        ({"audience": ("x",), "keys": '{"keys": []}'}, "no public key"),
    ],
)
def test_a_configuration_that_would_be_weak_is_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Jwt(**settings)


def test_claims_say_where_a_caller_belongs() -> None:
    claims = Claims(agent="azp", team="groups", teams={"eng": "engineering"}, roles="realm_access.roles", lanes="scope")
    identify = offline(claims=claims, lanes=("llm", "mcp"))
    token = KEY.token(azp="bot", groups=["all", "eng"], realm_access={"roles": ["a", "b", 7]}, scope="llm api openid")
    found = accepted(identify, token)
    assert (found.key, found.user, found.agent, found.team) == ("jwt:bot", "ada", "bot", "engineering")
    assert (found.roles, found.lanes) == ({"a", "b"}, {"llm"})


def test_a_change_of_people_in_the_store_changes_what_a_remembered_token_means() -> None:
    circumstances = given({})
    identify = Jwt(issuer=ISSUER, audience=(AUDIENCE,), keys=key_set(KEY)).open(circumstances)
    token = KEY.token()
    assert accepted(identify, token).team == ""
    roster = circumstances.directory.roster
    roster.take(Whole(snapshot(1, users=(ADA,))))
    found = accepted(identify, token)
    assert (found.team, found.organisation, found.roles) == ("ops", "acme", {"dev"})
    roster.take(Whole(snapshot(2, key("a"), users=(ADA,))))
    assert accepted(identify, token) is found


@pytest_asyncio.fixture
async def ground() -> AsyncIterator[Ground]:
    async with Ground() as made:
        yield made


@pytest_asyncio.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer(SigningKey("first")) as made:
        yield made


def online(issuer: Issuer, ground: Ground, directory: Directory | None = None, **settings: Any) -> Identify:
    made = {"issuer": issuer.url, "audience": (AUDIENCE,), "timeout": Duration(30), **settings}
    return Jwt(**made).open(Circumstances(directory or Directory({}), ground.client, ground.surroundings))


async def test_an_issuer_is_asked_once_however_many_come_at_the_same_time(issuer: Issuer, ground: Ground) -> None:
    issuer.slow = asyncio.Event()
    identify = online(issuer, ground)
    waiting = [asyncio.ensure_future(outcome(identify, issuer.token(sub=f"u{number}"))) for number in range(20)]
    await eventually(lambda: issuer.asked)
    waiting[0].cancel()
    issuer.slow.set()
    found = await asyncio.gather(*waiting[1:])
    assert [each.user for each in found] == [f"u{number}" for number in range(1, 20)]
    assert [line.split()[1] for line, _, _ in issuer.asked] == ["/.well-known/openid-configuration", "/keys"]
    assert isinstance(identify(bearing(issuer.token())), Principal)


async def test_a_new_key_is_fetched_when_a_token_names_it(issuer: Issuer, ground: Ground) -> None:
    identify = online(issuer, ground, cooldown=Duration(0))
    await outcome(identify, issuer.token())
    issuer.keys.append(SigningKey("second"))
    assert (await outcome(identify, issuer.token())).user == "ada"


async def test_made_up_key_ids_do_not_make_the_issuer_be_asked_again_and_again(issuer: Issuer, ground: Ground) -> None:
    identify = online(issuer, ground, cooldown=Duration(30))
    await outcome(identify, issuer.token())
    asked = len(issuer.asked)
    for number in range(10):
        with pytest.raises(Unauthenticated):
            await outcome(identify, SigningKey(f"evil{number}").token(iss=issuer.url))
    assert len(issuer.asked) == asked


async def test_a_key_that_was_taken_back_proves_nothing_any_more(issuer: Issuer, ground: Ground) -> None:
    directory = Directory({})
    identify = online(issuer, ground, directory, cooldown=Duration(0), refresh=Duration(0))
    old = issuer.token()
    await outcome(identify, old)
    revision = directory.revision
    issuer.keys[:] = [SigningKey("second")]
    await outcome(identify, issuer.token())
    assert directory.revision > revision  # so that no connection goes on with what was decided on its head
    with pytest.raises(Unauthenticated):
        await outcome(identify, old)


async def test_old_keys_serve_while_the_issuer_is_down(issuer: Issuer, ground: Ground, monkeypatch: Any) -> None:
    identify = online(issuer, ground, cooldown=Duration(0), refresh=Duration(0), stale=Duration(1000))
    await outcome(identify, issuer.token())
    issuer.down = True
    for _ in range(3):
        assert (await outcome(identify, issuer.token())).user == "ada"
    late = clock.monotonic() + 1001
    monkeypatch.setattr(clock, "monotonic", lambda: late)
    with pytest.raises(IdentityUnavailable) as error:
        await outcome(identify, issuer.token(sub="bob"))
    assert error.value.status == 503


async def test_an_issuer_that_never_answered_makes_callers_try_again(issuer: Issuer, ground: Ground) -> None:
    issuer.down = True
    identify = online(issuer, ground)
    for _ in range(3):
        with pytest.raises(IdentityUnavailable):
            await outcome(identify, issuer.token())
    assert len(issuer.asked) <= 1


async def test_an_issuer_that_hangs_is_waited_for_only_so_long(issuer: Issuer, ground: Ground) -> None:
    issuer.slow = asyncio.Event()
    identify = online(issuer, ground, timeout=Duration(0.1))
    with pytest.raises(IdentityUnavailable):
        await outcome(identify, issuer.token())


@pytest.mark.parametrize(
    "description", [{"issuer": "https://evil.example"}, {"jwks_uri": 7}, {"jwks_uri": "http://198.51.100.1/keys"}]
)
async def test_a_description_that_leads_astray_is_not_followed(
    issuer: Issuer, ground: Ground, description: dict[str, Any]
) -> None:
    issuer.description = description
    with pytest.raises(IdentityUnavailable):
        await outcome(online(issuer, ground), issuer.token())


async def test_a_key_set_may_be_named_outright(issuer: Issuer, ground: Ground) -> None:
    identify = online(issuer, ground, jwks_url=f"{issuer.url}/keys")
    assert (await outcome(identify, issuer.token())).user == "ada"
    assert [line.split()[1] for line, _, _ in issuer.asked] == ["/keys"]


async def test_a_reload_asks_nobody(issuer: Issuer, ground: Ground) -> None:
    await outcome(online(issuer, ground), issuer.token())
    asked = len(issuer.asked)
    assert isinstance(online(issuer, ground)(bearing(issuer.token())), Principal)
    assert len(issuer.asked) == asked


async def test_nobody_is_asked_about_a_token_that_is_refused_anyway(issuer: Issuer, ground: Ground) -> None:
    identify = online(issuer, ground)
    for token in (issuer.token(exp=1), issuer.token(aud="x"), KEY.token()):
        refused(identify, token)
    assert issuer.asked == []


def test_a_worker_that_reads_no_tokens_does_not_load_what_reads_them() -> None:
    program = "import sys, trigate.app; print('jwt' in sys.modules, 'trigate.policy.json_web_key' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.split() == ["False", "False"]

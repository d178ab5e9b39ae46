"""Names that a file gives a meaning."""

from tests.policy.limiting.stage import budget
from trigate.core.settings import Secret
from trigate.policy.authenticators.basic import Basic
from trigate.policy.authenticators.client_certificate import ClientCertificate
from trigate.policy.authenticators.jwt import Jwt
from trigate.policy.certificate import Holder
from trigate.policy.claim import Claims
from trigate.policy.mention import mentions
from trigate.policy.password import LEAST_COST, Person
from trigate.policy.rule import Rule
from trigate.policy.settings import Key, PolicySettings

HASH = Secret(f"scrypt${LEAST_COST}$8$1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")


def test_every_name_that_a_file_writes_is_found() -> None:
    claims = Claims(teams={"idp": "of-claim"})
    policy = PolicySettings(
        keys={"dev": Key(secret=Secret("x" * 16), team="of-key", roles=("of-key",))},
        authenticators=(
            Basic(users={"ada": Person(password_hash=HASH, team="of-person")}),
            ClientCertificate(callers=(Holder(uri="spiffe://*", agent="of-certificate"),)),
            Jwt(secret=Secret("s" * 32), any_audience=True, claims=claims),
        ),
        access=(
            Rule(team=("of-rule", "glob-*"), role="of-rule", allow=("*",)),
            Rule(organisation="acme", team="own", deny=("*",)),
        ),
        limits=(budget("team", usd=1, user="of-limit"), budget("team", usd=1, organisation="acme", agent="own")),
    )
    assert mentions(policy) == {
        "team": {"of-key", "of-person", "of-claim", "of-rule"},
        "user": {"ada", "of-limit"},
        "agent": {"of-certificate"},
        "role": {"of-key", "of-rule"},
        "key": {"dev"},
    }


def test_a_file_that_names_nobody_mentions_nobody() -> None:
    assert not any(mentions(PolicySettings()).values())

"""What a model, or a caller, demands of targets."""

from functools import lru_cache

from trigate.core.errors import BadRequest
from trigate.core.settings import Settings
from trigate.llm.data_policy import DataPolicy
from trigate.llm.model_facts import CAPABILITIES, ModelFacts

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_KNOWN = "`fit`, capabilities such as `vision`, `context=TOKENS`, `region=NAME`, `retains=false` and `trains=false`"
OneOrMore = str | tuple[str, ...]


class Requirement(Settings):
    """Which targets may be asked at all. What is not known of a target does not meet a demand; `fit` alone lets pass
    what nothing is known of."""

    fit: bool = False
    """Leave out, ask by ask, the targets that are known not to be able to do it: to read its images, audio or files, to
    call tools, to answer by a schema, to think, or to take in a prompt of its length. If no target is left, all are
    asked in turn."""
    capabilities: tuple[str, ...] = ()
    """What each target must be able to do, such as `vision`, `tools`, `structured_output` or `reasoning`."""
    context: int = 0
    """Tokens that each target must take in."""
    region: OneOrMore = ()
    """Data may be processed here only."""
    retains: bool | None = None
    """`false`: only targets that keep no data beyond the call."""
    trains: bool | None = None
    """`false`: only targets that train no models with it."""

    def __post_init__(self) -> None:
        unknown = [each for each in self.capabilities if each not in CAPABILITIES]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no capability; there are {', '.join(CAPABILITIES)}")

    def joined(self, other: "Requirement") -> "Requirement":
        """What meets both; of two words on the same thing the stricter one, `false`, holds."""
        return Requirement(
            fit=self.fit or other.fit,
            capabilities=tuple(dict.fromkeys((*self.capabilities, *other.capabilities))),
            context=max(self.context, other.context),
            region=self.region or other.region,
            retains=_stricter(self.retains, other.retains),
            trains=_stricter(self.trains, other.trains),
        )

    def misses(self, facts: ModelFacts, policy: DataPolicy) -> str:
        """What a target does not meet, empty if nothing."""
        for name in self.capabilities:
            if not facts.can(name):
                return f"capabilities: {name}"
        if self.context and (facts.most_input or facts.context) < self.context:
            return f"context: {self.context}"
        regions = (self.region,) if isinstance(self.region, str) else self.region
        if regions and policy.region not in regions:
            return f"region: {', '.join(regions)}"
        for name in ("retains", "trains"):
            wanted = getattr(self, name)
            if wanted is not None and getattr(policy, name) is not wanted:
                return f"{name}: {str(wanted).lower()}"
        return ""


def _stricter(one: bool | None, other: bool | None) -> bool | None:
    if one is None or other is None:
        return other if one is None else one
    return one and other


@lru_cache(256)
def read_requirement(said: bytes) -> Requirement:
    """What a caller demands by `x-trigate-require`; raises BadRequest."""
    words = [each.strip() for each in said.decode("latin-1").split(",")]
    found = [each.partition("=") for each in words if each]
    regions = tuple(value for name, _, value in found if name == "region" and value)
    truths = {name: _TRUTHS.get(value) for name, _, value in found if name in {"retains", "trains"}}
    contexts = [int(value) for name, _, value in found if name == "context" and value.isdecimal() and len(value) < 12]
    bare = [name for name, sign, _ in found if not sign]
    capabilities = tuple(name for name in bare if name in CAPABILITIES)
    understood = len(regions) + sum(each is not None for each in truths.values()) + len(contexts) + len(capabilities)
    if understood + bare.count("fit") != len(found):
        raise BadRequest(f"`x-trigate-require` is a list of {_KNOWN}")
    return Requirement(
        fit="fit" in bare,
        capabilities=capabilities,
        context=max(contexts, default=0),
        region=regions,
        retains=truths.get("retains"),
        trains=truths.get("trains"),
    )

"""A name of the operator's own for models, and how asks for it find their targets."""

from collections.abc import Iterator
from typing import Literal

from trigate.core import kinds
from trigate.core.settings import Settings
from trigate.llm.cache_settings import ModelCache
from trigate.llm.destination import Destination
from trigate.llm.fault import Fault
from trigate.llm.hedge import HedgeSettings
from trigate.llm.mirror import MirrorSettings
from trigate.llm.patience import TimeoutSettings
from trigate.llm.price_settings import PriceSettings
from trigate.llm.requirement import Requirement
from trigate.llm.retry import Retries
from trigate.llm.strategy import Strategy


class Model(Settings):
    """A name callers ask for, and where such asks go."""

    targets: str | list[str | Destination]
    """`provider/model`, or a list of them: the next is tried when one is out of reach, too slow, over its limit or
    failing, as long as the caller has seen nothing of an answer. With more to say of one, `{target: provider/model,
    weight: 3}`."""
    strategy: str | Strategy = "fallback"
    """In which order the targets are asked: the name of a strategy, or `{kind: NAME, …}` where it has settings."""
    fallback_on: tuple[Fault, ...] | None = None
    """Failures after which the next target is asked; by default all for which neither the ask nor the gateway itself is
    to blame, a prompt too long for one target, and the limits of a single target."""
    fallbacks: dict[Fault, str | tuple[str, ...]] = {}
    """Further targets, asked after failures of one kind only, and before any other, such as
    `{context_window: google/gemini-3-pro}`."""
    require: Requirement = Requirement()
    """Which of the targets may be asked."""
    retries: Retries | None = None
    """Further attempts at the same target; by default as `llm.retries` says."""
    timeouts: TimeoutSettings | None = None
    """How long its targets may take; by default as long as their providers may."""
    hedge: HedgeSettings | None = None
    """When to ask a second target beside a slow one."""
    mirror: MirrorSettings | None = None
    """A target that gets copies of asks, whose answers nobody sees."""
    on_loss: Literal["warn", "drop", "reject"] | None = None
    """What becomes of an ask that cannot be said in the dialect of a target; by default as `llm.on_loss` says."""
    price: PriceSettings | None = None
    """What it costs, whichever target serves it; left out, each target's own price holds."""
    cache: bool | ModelCache | None = None
    """Whether its answers are kept and given again, or how; left out, as `llm.cache` says."""

    def __post_init__(self) -> None:
        names = self.addresses()
        if not names:
            raise ValueError("a model needs at least one target")
        for extra in self.extras():
            Destination(target=extra)
        self.order().check(names)

    def destinations(self) -> list[Destination]:
        """The targets with all that is said of them."""
        written = [self.targets] if isinstance(self.targets, str) else self.targets
        return [Destination(target=each) if isinstance(each, str) else each for each in written]

    def addresses(self) -> list[str]:
        """The targets as a list."""
        return [each.target for each in self.destinations()]

    def special(self) -> dict[Fault, tuple[str, ...]]:
        """The targets for failures of one kind."""
        return {fault: (each,) if isinstance(each, str) else each for fault, each in self.fallbacks.items()}

    def extras(self) -> Iterator[str]:
        """Targets beside those that every ask may go to."""
        for each in self.special().values():
            yield from each
        if self.mirror is not None:
            yield self.mirror.target

    def order(self) -> Strategy:
        """The strategy; raises ValueError if there is none of this name, or it needs settings."""
        if isinstance(self.strategy, Strategy):
            return self.strategy
        try:
            return kinds.find(Strategy, self.strategy)()
        except LookupError as error:
            raise ValueError(f"strategy: {error.args[0]}; there are {', '.join(kinds.names(Strategy))}") from None
        except TypeError:
            raise ValueError(f"strategy: {self.strategy} has settings; write {{kind: {self.strategy}, …}}") from None

"""How well a target, a provider or a key does: what is under way, how long the first token takes, whether to ask it.

All of it lives in one process and outlives reloads. Nothing is refused because of it: it decides whom to ask first.
"""

from collections import deque
from math import exp

from trigate.core.clock import clock
from trigate.core.settings import Duration, Settings
from trigate.llm.fault import CULPRITS, Fault

FADING = 30.0
"""Seconds in which a measurement loses all but 1/e of its weight."""
LONGEST_REST = 600.0
"""Most seconds of rest that a provider may ask for."""
KEPT_MODELS = 2048
"""Models of one provider whose health is remembered: callers may name any."""


class HealthSettings(Settings, frozen=True):
    """When a target is passed over for a while, and for how long."""

    failures: int = 5
    """Failures of the provider's own in a row (5xx, timeouts, broken answers, no connection) after which a target
    rests. What is wrong with an ask, or with a key, does not count."""
    window: Duration = Duration(60)
    """The failures must lie within this time."""
    cool_down: Duration = Duration(30)
    """How long it rests; then one ask tries whether it is well again. A `Retry-After` of the provider goes first, and
    counts at once, up to 10 minutes."""
    rate_limited: Duration = Duration(10)
    """How long a key rests for a model after a 429 without `Retry-After`; or the target, where the provider has one key
    only."""
    rejected: Duration = Duration(300)
    """How long a key rests that was not accepted (401, 403) or has no more credit (402)."""

    def __post_init__(self) -> None:
        if not 1 <= self.failures <= 1000:
            raise ValueError("failures must be between 1 and 1000")
        if self.window <= 0:
            raise ValueError("window must be more than 0s")

    def rest(self, fault: Fault, retry_after: float | None) -> float:
        """How long something rests after one failure; where the provider says so, as long as it says."""
        if retry_after is not None:
            return min(retry_after, LONGEST_REST)
        return {"rate_limit": self.rate_limited, "key": self.rejected, "quota": self.rejected}.get(
            fault, self.cool_down
        )


class Health:
    """Of one thing that can fail; written by the attempts it takes part in, read by whoever picks the next."""

    __slots__ = ("_opened", "_peak", "_peaked", "_probe", "_settings", "failures", "in_flight", "opens")

    def __init__(self, settings: HealthSettings) -> None:
        self._settings = settings
        self.failures: deque[float] = deque(maxlen=settings.failures)
        """When it failed last, without an answer since."""
        self._opened = 0.0
        self._peak = 0.0
        self._peaked = 0.0
        self._probe = 0.0
        self.in_flight = 0
        """Attempts under way."""
        self.opens = 0.0
        """Monotonic seconds until which it rests; 0 while it is well."""

    def available(self, now: float) -> bool:
        """Whether to ask it; after a rest, one ask at a time until one is answered."""
        return not self.opens or now >= self.opens

    def seconds(self, now: float) -> float:
        """Seconds to the first token: a slow one counts at once and fades slowly (peak EWMA); 0 if not known."""
        return self._peak * exp((self._peaked - now) / FADING)

    def begin(self) -> float:
        """An attempt begins, now in monotonic seconds; `end` must follow."""
        self.in_flight += 1
        now = clock.monotonic()
        if self.opens and now >= self.opens:
            self._opened = self._probe = now
            self.opens = now + self._settings.cool_down  # for the others: this attempt is the probe
        return now

    def end(self, begun: float = 0.0) -> None:
        """An attempt is over, whichever way. If it is said when it began: a probe that has told nothing, such as one
        whose ask was wrong or whose caller left, leaves its place to the next."""
        self.in_flight -= 1
        if self._probe and self._probe == begun:
            self._probe = 0.0
            self.opens = min(self.opens, clock.monotonic())

    def measure(self, seconds: float, now: float) -> None:
        """The first token of an attempt took so long."""
        past = self._peak
        if seconds < past:
            weight = exp((self._peaked - now) / FADING)
            seconds += (past - seconds) * weight
        self._peak = seconds
        self._peaked = now

    def answered(self, begun: float) -> None:
        """An attempt that began then was answered: what failed before it is forgotten."""
        self.failures.clear()
        self._probe = 0.0
        if self.opens and begun >= self._opened:
            self.opens = 0.0

    def failed(self, retry_after: float | None = None) -> None:
        """An attempt failed, and by no fault of the ask; it rests at once if the provider says for how long."""
        now, settings, failures = clock.monotonic(), self._settings, self.failures
        self._probe = 0.0
        failures.append(now)
        if retry_after is not None:
            self.rest(settings.rest("overloaded", retry_after))
        elif self.opens or (len(failures) == settings.failures and now - failures[0] <= settings.window):
            self.rest(settings.cool_down)

    def rest(self, seconds: float) -> None:
        """Pass it over for so long; a longer rest stays."""
        if seconds > 0:
            now = clock.monotonic()
            self._opened, self._probe = now, 0.0
            self.opens = max(self.opens, now + seconds)


class Vitals:
    """The health of one provider and of its models, as it lives over reloads."""

    __slots__ = ("_models", "_settings", "provider")

    def __init__(self, settings: HealthSettings) -> None:
        self._settings = settings
        self._models: dict[str, Health] = {}
        self.provider = Health(settings)

    def drain(self) -> None:
        """Nothing to end."""

    def model(self, name: str) -> Health:
        """Of one model, the same whoever asks."""
        models = self._models
        found = models.get(name)
        if found is None:
            if len(models) >= KEPT_MODELS:
                del models[next(iter(models))]
            found = models[name] = Health(self._settings)
        return found

    def note(self, model: Health, fault: Fault, retry_after: float | None, *, keyed: bool = False) -> None:
        """Count a failure against whom it accuses; one of the caller accuses nobody.

        `keyed`: the provider has several keys, which are accused themselves; one key is as good as the target.
        """
        culprit = CULPRITS[fault]
        if culprit == "provider":
            self.provider.failed()
        elif culprit == "model" and fault != "model":
            model.failed(retry_after)
        elif culprit == "key" and not keyed:
            model.rest(self._settings.rest(fault, retry_after))

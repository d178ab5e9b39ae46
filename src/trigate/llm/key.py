"""One of several keys of a provider, as it lives over reloads: how it does, and what was asked with it lately."""

from trigate.llm.api_key import KeyLimits
from trigate.llm.bucket import Bucket
from trigate.llm.fault import Fault
from trigate.llm.health import HealthSettings, Vitals


class Key:
    """What is known of one key in this process."""

    __slots__ = ("_requests", "_settings", "_tokens", "vitals")

    def __init__(self, limits: KeyLimits, settings: HealthSettings) -> None:
        self._settings = settings
        self.vitals = Vitals(settings)
        """`provider` is the key as a whole, each model what it may be asked with it."""
        self._requests = Bucket(limits.requests_per_minute) if limits.requests_per_minute is not None else None
        self._tokens = Bucket(limits.tokens_per_minute) if limits.tokens_per_minute is not None else None

    @property
    def counts_tokens(self) -> bool:
        """Whether it matters how many tokens are asked with it."""
        return self._tokens is not None

    def drain(self) -> None:
        """Nothing to end."""

    def opens(self, model: str) -> float:
        """Monotonic seconds until which it rests for a model; 0 if it does not."""
        return max(self.vitals.provider.opens, self.vitals.model(model).opens)

    def wait(self, tokens: int, now: float) -> float:
        """Seconds until its limits have room for one more request."""
        requests = self._requests.wait(1, now) if self._requests is not None else 0.0
        return max(requests, self._tokens.wait(tokens, now)) if self._tokens is not None else requests

    def begin(self, model: str, tokens: int) -> float:
        """A request with it begins, now in monotonic seconds; `end` must follow."""
        now = self.vitals.provider.begin()
        self.vitals.model(model).begin()
        if self._requests is not None:
            self._requests.take(1, now)
        if self._tokens is not None:
            self._tokens.take(tokens, now)
        return now

    def end(self, model: str, surplus: int, now: float) -> None:
        """A request is over; it used `surplus` tokens more than was thought."""
        self.vitals.provider.end()
        self.vitals.model(model).end()
        if self._tokens is not None:
            self._tokens.take(surplus, now)

    def answered(self, model: str, begun: float) -> None:
        """A request that began then was let in."""
        self.vitals.provider.answered(begun)
        self.vitals.model(model).answered(begun)

    def accuse(self, model: str, fault: Fault, status: int, retry_after: float | None) -> None:
        """It was refused: for a model if that may be the reason, else for all.

        A refusal of 403 often concerns one model, and so do limits of rates; nobody who may ask for one model shall put
        the key out of use for the others.
        """
        seconds = self._settings.rest(fault, retry_after)
        whole = fault == "quota" or (fault == "key" and status != 403)
        (self.vitals.provider if whole else self.vitals.model(model)).rest(seconds)

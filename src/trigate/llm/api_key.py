"""Settings of one of several keys of a provider."""

import re

from trigate.core.settings import Secret, Settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}").fullmatch


class KeyLimits(Settings, frozen=True):
    """What may be asked with a key: what goes beyond is asked with another one. Each worker counts for itself."""

    requests_per_minute: int | None = None
    """Requests."""
    tokens_per_minute: int | None = None
    """Tokens of asks and answers: estimated before the request, corrected after it."""

    def __post_init__(self) -> None:
        if any(amount is not None and amount < 1 for amount in (self.requests_per_minute, self.tokens_per_minute)):
            raise ValueError("a limit of a key must be at least 1 a minute")


class ApiKey(Settings, frozen=True):
    """One of several keys of a provider."""

    key: Secret
    """The key."""
    name: str = ""
    """What records call it; by default `key-1` for the first, and so on."""
    weight: float = 1
    """Its share of the requests, compared with those of the others."""
    models: list[str] = []
    """The models it may be used for, globs allowed; all if left out."""
    limits: KeyLimits = KeyLimits()
    """What may be asked with it."""

    def __post_init__(self) -> None:
        if self.name and not _NAME(self.name):
            raise ValueError("a key's name consists of letters, digits, `_`, `.` and `-`, at most 64 of them")
        if not 0 < self.weight <= 1_000_000:
            raise ValueError("weight must be more than 0, and at most 1000000")


def numbered(keys: list[Secret | ApiKey]) -> tuple[ApiKey, ...]:
    """The keys in full, each with a name; raises ValueError if two have the same name or are the same."""
    found = tuple(_named(each, f"key-{number}") for number, each in enumerate(keys, 1))
    if len({each.name for each in found}) < len(found):
        raise ValueError("two api_keys have the same name")
    if len({each.key.reveal() for each in found}) < len(found):
        raise ValueError("two api_keys are the same key")
    return found


def _named(written: Secret | ApiKey, name: str) -> ApiKey:
    if isinstance(written, Secret):
        return ApiKey(key=written, name=name)
    return (
        written
        if written.name
        else ApiKey(name=name, **{each: getattr(written, each) for each in written.__struct_fields__ if each != "name"})
    )

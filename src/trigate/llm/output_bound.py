"""How much output an ask allows: read from its own members, and lowered where a limit leaves less."""

from functools import lru_cache

import msgspec
from msgspec import Raw, Struct

from trigate.llm.error import InvalidParameter
from trigate.llm.member import Members

COMPLETION = "max_completion_tokens"
LEGACY = "max_tokens"
"""The older name of the member, which many servers know alone."""
FURTHER = frozenset({"max_new_tokens", "max_output_tokens", "max_length", "n_predict", "num_predict"})
"""Names that other servers of this dialect know besides, and some of them obey before either: llama.cpp, TGI."""
RARE = FURTHER | {"n", "prediction"}
"""What makes the bound more than two numbers."""
LONGEST_KEPT = 32
"""Characters of two numbers whose bound is remembered."""
UNBOUNDED = 10**9
"""A bound above this is none."""
LIKELY = 1024
"""Tokens of a probable answer."""

_NULL = Raw(b"null")
_number = msgspec.json.Decoder(int | float | None).decode


class OutputBound(Struct, frozen=True, cache_hash=True):
    """What an ask says of the length of its answer."""

    choices: int
    """Answers that are asked for at once (`n`)."""
    completion: int | None
    """Tokens of each by `max_completion_tokens`; None if that sets no bound."""
    legacy: int | None
    """The same by `max_tokens`."""
    surplus: int
    """Tokens of a prediction, which may be billed on top where it proves wrong."""
    further: int | None = 0
    """The largest by a further name; None if one of them takes the bound away, 0 if there is none."""

    def most(self, field: str) -> int | None:
        """The most tokens of output, of all choices together, from a provider that obeys the member `field`."""
        return _most(self, field)

    def likely(self, field: str) -> int:
        """What the output will probably be."""
        return _likely(self, field)

    def lowered(self, members: Members, field: str, tokens: int) -> Members:
        """The members that keep all choices together within `tokens`; a smaller bound of the caller's stays.

        Raises InvalidParameter if there is not one token for each choice.
        """
        each = self.share(tokens)
        names = [name for name in (COMPLETION, LEGACY) if name in members and bytes(members[name]) != b"null"]
        if not names or (field == LEGACY and LEGACY not in names):
            names.append(field)
        lowered = {name: Raw(b"%d" % each) for name in names}
        if self.further != 0:
            said = {name: _read(members, name) for name in FURTHER.intersection(members)}
            lowered |= {name: Raw(b"%d" % min(each, bound or each)) for name, bound in said.items()}
        return lowered

    def share(self, tokens: int) -> int:
        """Tokens of each answer that keep all together within `tokens`; raises InvalidParameter if that is none."""
        each = (tokens - self.surplus) // self.choices
        if each < 1:
            raise InvalidParameter(f"the limits leave {max(tokens, 0)} tokens, not enough for this ask", "n")
        return min(bound for bound in (each, self.completion, self.legacy) if bound is not None)

    def each(self, field: str) -> int | None:
        """The most tokens of one answer."""
        own = self._own(field)
        if own is None or self.further == 0:
            return own
        return None if self.further is None else max(own, self.further)

    def _own(self, field: str) -> int | None:
        completion, legacy = self.completion, self.legacy
        if completion is None or (legacy is None and field != COMPLETION):
            return legacy
        return completion if legacy is None or legacy < completion else legacy


@lru_cache(1024)
def _most(bound: OutputBound, field: str) -> int | None:
    each = bound.each(field)
    return None if each is None or each * bound.choices > UNBOUNDED else each * bound.choices + bound.surplus


@lru_cache(1024)
def _likely(bound: OutputBound, field: str) -> int:
    return min(min(bound.each(field) or LIKELY, LIKELY) * bound.choices, UNBOUNDED)


def read_output_bound(members: Members) -> OutputBound:
    """Raises InvalidParameter where a number cannot be read: a provider might read it as something else."""
    if RARE.isdisjoint(members):
        completion, legacy = members.get(COMPLETION, _NULL), members.get(LEGACY, _NULL)
        if len(completion) + len(legacy) <= LONGEST_KEPT:
            return _common(bytes(completion), bytes(legacy))
    choices = 1
    if "n" in members and bytes(members["n"]) != b"null":
        choices = _read(members, "n")
        if choices is None:
            raise InvalidParameter("`n` must be a whole number above 0", "n")
    return OutputBound(
        choices,
        _read(members, COMPLETION) if COMPLETION in members else None,
        _read(members, LEGACY) if LEGACY in members else None,
        len(members["prediction"]) if "prediction" in members else 0,
        0 if FURTHER.isdisjoint(members) else _read_further(members),
    )


@lru_cache(1024)
def _common(completion: bytes, legacy: bytes) -> OutputBound:
    """Of an ask for one answer that says nothing else about its length; raises InvalidParameter."""
    members = {COMPLETION: Raw(completion), LEGACY: Raw(legacy)}
    return OutputBound(1, _read(members, COMPLETION), _read(members, LEGACY), 0)


def _read_further(members: Members) -> int | None:
    bounds = [_read(members, name) for name in FURTHER.intersection(members) if bytes(members[name]) != b"null"]
    return None if None in bounds else max(filter(None, bounds), default=0)


def _read(members: Members, name: str) -> int | None:
    """A member that counts something; None if it is null, or not a bound: some servers take -1 for none."""
    raw = members[name]
    try:
        value = _number(raw)
    except msgspec.DecodeError:
        value = 0.5
    if value is None or value <= 0 or value > UNBOUNDED:
        return None
    if value % 1:
        raise InvalidParameter(f"`{name}` must be a whole number", name)
    return int(value)

"""Orders drawn by weight: by chance, or the same one whenever the same anchor comes."""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from math import log

from trigate.llm.candidate import Candidate
from trigate.llm.chance import chance

_HALF_STEP = 0.5
_STEPS = 2.0**64
_NEVER = float("-inf")


def drawn(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """An order by chance in which each comes first as often as its weight says; those of weight 0 come last."""
    return _sorted(candidates, lambda _: 1.0 - chance())


def anchored(candidates: Sequence[Candidate], anchor: str) -> Sequence[Candidate]:
    """The order that belongs to `anchor`, by weighted rendezvous hashing.

    Over many anchors it is drawn by weight, too; and when a target comes, goes or changes its weight, no anchor moves
    but to it or from it.
    """
    return _sorted(candidates, lambda each: portion(anchor, each.name))


def portion(anchor: str, salt: str) -> float:
    """A number above 0 and below 1 that is always the same for an anchor, and independent for each salt."""
    digest = blake2b(f"{salt}\n{anchor}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + _HALF_STEP) / _STEPS


def _sorted(candidates: Sequence[Candidate], draw: Callable[[Candidate], float]) -> Sequence[Candidate]:
    """Exponential draws, of which the longest wins (Efraimidis and Spirakis, 2006)."""
    lots = {id(each): log(draw(each)) / each.weight if each.weight else _NEVER for each in candidates}
    return sorted(candidates, key=lambda each: lots[id(each)], reverse=True)

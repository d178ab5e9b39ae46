"""Texts with gaps, matched piece by piece in one pass: no backtracking, whatever callers and servers send."""

from collections.abc import Sequence


def fits(text: str, pieces: Sequence[str], gap: int) -> bool:
    """Whether `text` is `pieces` in order with at least `gap` letters of any kind between two neighbours.

    Each piece is taken where it comes first, which leaves the most room for those behind it.
    """
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return text == first
    if not (text.startswith(first) and text.endswith(last)):
        return False
    end, stop = len(first), len(text) - len(last)
    for piece in pieces[1:-1]:
        start = text.find(piece, end + gap, stop)
        if start < 0:
            return False
        end = start + len(piece)
    return end + gap <= stop

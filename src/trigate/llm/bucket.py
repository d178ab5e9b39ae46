"""So much a minute, evenly: what is taken comes back with time."""

MINUTE = 60.0


class Bucket:
    """Holds a minute's worth at most; what is used up beyond an estimate may take it below zero."""

    __slots__ = ("_at", "_level", "_most")

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._level = float(most)
        self._at = 0.0

    def wait(self, amount: float, now: float) -> float:
        """Seconds until there is room for `amount`, 0 if there is; more than a minute's worth needs a full bucket."""
        self._fill(now)
        missing = min(amount, self._most) - self._level
        return missing / self._most * MINUTE if missing > 0 else 0.0

    def take(self, amount: float, now: float) -> None:
        """Use it up; a negative amount is given back."""
        self._fill(now)
        self._level = min(self._level - amount, self._most)

    def _fill(self, now: float) -> None:
        if now > self._at:
            self._level = min(self._most, self._level + (now - self._at) / MINUTE * self._most)
            self._at = now

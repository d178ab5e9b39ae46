"""What a batch has cost: the usage of each of its answers, at the price of its model."""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from trigate.core.usage import Usage
from trigate.llm.chat_dialects import find_chat_dialect
from trigate.llm.resource.kept import Share
from trigate.llm.resource.plan import BY_NAME, discounted
from trigate.llm.sheet import Sheet


class _Response(Struct):
    status_code: int = 0
    body: Raw = Raw(b"null")


class _Result(Struct):
    type: str = ""
    message: Raw = Raw(b"null")


class _Line(Struct):
    response: _Response | None = None
    result: _Result | None = None


class _Answer(Struct):
    model: Any = ""


_line = msgspec.json.Decoder(_Line).decode
_answer = msgspec.json.Decoder(_Answer).decode


class Bill:
    """Adds up the answers of one batch."""

    __slots__ = ("_answers", "_percent", "_shares", "_sheets", "_used")

    def __init__(self, shares: tuple[Share, ...], sheets: list[Sheet | None], percent: int) -> None:
        """`sheets`: the prices of each share's model, None if they are not known; `percent` of the usual ones is what a
        batch costs where it has no price of its own."""
        self._shares = shares
        self._sheets = sheets
        self._percent = percent
        self._used: dict[int, Usage] = {}
        self._answers = [0] * len(shares)

    def add(self, line: bytes) -> None:
        """One line of the results; one that failed costs nothing."""
        try:
            answer = _body(_line(line))
            model = _answer(answer).model if answer is not None else ""
        except (msgspec.DecodeError, RecursionError):
            return
        if answer is not None:
            self._add(answer, model if isinstance(model, str) else "")

    def totals(self) -> list[tuple[Share, Usage]]:
        """What the asks of each model have used up."""
        found: list[tuple[Share, Usage]] = []
        for place, used in self._used.items():
            sheet = self._sheets[place]
            if sheet is not None and sheet.batch is None:
                used.cost = discounted(used.cost, self._percent)
            found.append((self._shares[place], used))
        return found

    def _add(self, answer: bytes, model: str) -> None:
        place = self._nearest(model)
        self._answers[place] += 1
        total = self._used.setdefault(place, Usage())
        share, sheet = self._shares[place], self._sheets[place]
        tally = find_chat_dialect(BY_NAME[share.operation].dialect).read_tally(answer)
        if tally is None:
            total.estimated = True
            return
        tally.add_to(total)
        if sheet is None:
            total.unpriced = True
            return
        used = Usage()
        tally.add_to(used)
        total.cost += (sheet.batch or sheet.price()).cost(used, tally.media)

    def _nearest(self, model: str) -> int:
        """The share whose model answered: providers add a date to the name. Where two names of ours stand for one
        model, each gets as many answers as it has asks."""
        shares = self._shares
        fitting = [place for place, share in enumerate(shares) if model.startswith(share.model)]
        open_ones = [place for place in fitting or range(len(shares)) if self._answers[place] < shares[place].asks]
        return max(open_ones or fitting or [0], key=lambda place: len(shares[place].model))


def _body(line: _Line) -> bytes | None:
    """The answer of one line; None if there is none."""
    if line.response is not None and 200 <= line.response.status_code < 300:
        return bytes(line.response.body)
    if line.result is not None and line.result.type == "succeeded":
        return bytes(line.result.message)
    return None

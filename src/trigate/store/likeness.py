"""Names that people and models take for each other."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

_SAME = str.maketrans(
    {
        "0": "o", "1": "l", "i": "l", "|": "l", "3": "e", "5": "s", "а": "a", "е": "e", "о": "o", "р": "p", "с": "c",
        "у": "y", "х": "x", "і": "l", "ј": "j", "ѕ": "s", "ԁ": "d", "һ": "h", "ӏ": "l", "к": "k", "т": "t", "м": "m",
        "ν": "v", "ο": "o", "α": "a", "ρ": "p", "τ": "t", "ι": "l", "κ": "k", "ү": "y", "ս": "u", "ո": "n", "ɡ": "g",
    }
)  # fmt: skip
"""Letters that look alike, after marks and case are gone (a part of Unicode's UTS #39 table)."""
_SHORTEST, _LONGEST = 6, 64
"""Letters of a name of which one may be off; shorter ones are like too many others."""
_MOST_LETTERS = 200
"""Letters that are looked at."""
_MOST_OFF = 1000
"""Names of one server of which a letter may be off: who has more is compared letter by letter."""
_MOST_TOLD = 10
"""Names that are told for one, and that one is compared with in each server."""

Place = tuple[str, str]
"""A server, and a name there."""


def skeleton(name: str) -> str:
    """What two names have in common that look the same."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return "".join(each for each in plain.casefold().translate(_SAME) if each.isalnum()).replace("rn", "m")


def look_alikes(names: Iterable[Place]) -> Mapping[Place, list[str]]:
    """Of things, given with their servers, those of other names that look nearly the same, as `SERVER/NAME`.

    Servers choose names: so the time this takes grows no faster than their number.
    """
    same, near = defaultdict[str, list[Place]](list), defaultdict[str, list[Place]](list)
    plain: dict[Place, str] = {}
    counts = defaultdict[str, int](int)
    for place in names:
        plain[place] = found = skeleton(place[1][:_MOST_LETTERS])
        same[found].append(place)
        counts[place[0]] += 1
        if counts[place[0]] <= _MOST_OFF:
            for key in _keys(found):
                near[key].append(place)
    told = defaultdict[Place, set[Place]](set)
    for group in same.values():
        _tell(told, group, lambda one, other: one[1] != other[1])
    for group in near.values():
        _tell(told, group, lambda one, other: one[0] != other[0] and _mistakable(one, other, plain))
    return {each: sorted(map("/".join, others)) for each, others in told.items() if others}


def _tell(told: Mapping[Place, set[Place]], group: list[Place], alike: Callable[[Place, Place], bool]) -> None:
    if len(group) < 2:
        return
    heads = defaultdict[str, list[Place]](list)
    for each in group:
        if len(heads[each[0]]) <= _MOST_TOLD:
            heads[each[0]].append(each)
    for one in group:
        found = told[one]
        for each in heads.values():
            for other in each:
                if len(found) < _MOST_TOLD and alike(one, other):
                    found.add(other)


def _keys(name: str) -> set[str]:
    """The name, and the name with any one letter left out: two names share one if they differ in a letter."""
    if not _SHORTEST <= len(name) <= _LONGEST:
        return set()
    return {name, *(name[:at] + name[at + 1 :] for at in range(len(name)))}


def _mistakable(one: Place, other: Place, plain: Mapping[Place, str]) -> bool:
    """Names of one server may be like each other; those of several are then to be taken for each other."""
    return one[1] != other[1] and not _plural(plain[one], plain[other])


def _plural(first: str, second: str) -> bool:
    """`read_file` and `read_files` are honest neighbours."""
    return first + "s" == second or second + "s" == first

"""Names that people and models take for each other."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

_SAME = str.maketrans(
    {
        "0": "o", "1": "l", "i": "l", "|": "l", "3": "e", "5": "s", "а": "a", "е": "e", "о": "o", "р": "p", "с": "c",
        "у": "y", "х": "x", "і": "l", "ј": "j", "ѕ": "s", "ԁ": "d", "һ": "h", "ӏ": "l", "к": "k", "т": "t", "м": "m",
        "ν": "v", "ο": "o", "α": "a", "ρ": "p", "τ": "t", "ι": "l", "κ": "k", "ү": "y", "ս": "u", "ո": "n", "ɡ": "g",
    }
)  # fmt: skip
"""Letters that look alike, after marks and case are gone (a part of Unicode's UTS #39 table)."""
_SHORTEST = 6
"""Letters of a name of which one may be off; shorter ones are like too many others."""
_LONGEST = 200


def skeleton(name: str) -> str:
    """What two names have in common that look the same."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return "".join(each for each in plain.casefold().translate(_SAME) if each.isalnum()).replace("rn", "m")


def look_alikes(names: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], list[str]]:
    """Of tools, given with their servers, those of other names that look nearly the same, as `SERVER/TOOL`."""
    near: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for server, tool in names:
        for key in _keys(skeleton(tool[:_LONGEST])):
            near[key].append((server, tool))
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for group in near.values():
        for each in group:
            found[each] |= {f"{server}/{tool}" for server, tool in group if _alike(each, (server, tool))}
    return {each: sorted(others) for each, others in found.items() if others}


def _keys(name: str) -> set[str]:
    """The name, and the name with any one letter left out: two names share one if they differ in a letter."""
    short = {name[:at] + name[at + 1 :] for at in range(len(name))} if len(name) >= _SHORTEST else set[str]()
    return short | {name}


def _alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Tools of one server may have like names; those of several have them to be taken for each other."""
    if one[1] == other[1]:
        return False
    first, second = skeleton(one[1]), skeleton(other[1])
    return first == second or (one[0] != other[0] and abs(len(first) - len(second)) < 2 and not _plural(first, second))


def _plural(first: str, second: str) -> bool:
    """`read_file` and `read_files` are honest neighbours."""
    return first + "s" == second or second + "s" == first

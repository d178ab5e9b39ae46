"""How large a regular expression becomes when it is compiled: RE2 writes out every counted repetition."""

import re

_TOKEN = re.compile(r"\\[pP](?:\{[^}]*\}|.)|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)
_UNICODE_CLASS = 100
"""About as many states as a class of Unicode letters takes."""


def pattern_size(pattern: str) -> int:
    """About how many states it takes, every `{n,m}` multiplied out, nested ones too."""
    groups, last = [0], 0
    for token in _TOKEN.finditer(pattern):
        text = token[0]
        if token[1]:
            groups[-1] += last * (max(int(token[1]), int(token[2] or 0)) - 1)
            last *= max(int(token[1]), int(token[2] or 0))
            continue
        if text == "(":
            groups.append(0)
            continue
        if text == ")" and len(groups) > 1:
            last = groups.pop()
        elif text not in "?*+":
            last = _UNICODE_CLASS if text[:2] in ("\\p", "\\P") else 1
        else:
            continue
        groups[-1] += last
    return max(sum(groups), 0)

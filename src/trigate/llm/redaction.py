"""Strikes out of texts what must not be kept: secrets always, and whatever the settings say."""

import re
from collections.abc import Callable, Iterable
from typing import Any, cast

from trigate.llm.log_settings import LogSettings

STRUCK = "[struck]"
SHORTEST_SECRET = 8
"""Characters; shorter texts stand anywhere by chance."""

CREDENTIALS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\btg_[0-9A-Za-z]{20,}"
    r"|\b(?:sk|pk|rk|gsk|xai|hf|pplx|nvapi|r8|csk|fw|key)[-_][A-Za-z0-9_-]{16,}"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bAIza[0-9A-Za-z_-]{30,}"
    r"|\bgh[a-z]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}"
    r"|\bxox[a-z]-[A-Za-z0-9-]{10,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?<=://)[^\s/:@\"']{1,256}:[^\s/@\"']{1,256}(?=@)"
    r"|(?i:\bbearer\s+)[A-Za-z0-9._~+/=-]{16,}",
    re.DOTALL,
)
"""Keys, tokens and passwords by the shapes that their makers gave them."""
_PATTERNS = {
    "email": r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24}\b",
    "phone": r"(?<![\w.])\+?\(?\d{1,4}\)?(?:[ ./-]?\(?\d{2,5}\)?){2,5}(?!\w)",
    "card": r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)",
    "iban": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
    "ip": r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)|(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])",
}


def _is_card(text: str) -> bool:
    """Luhn's check digit (ISO/IEC 7812-1)."""
    digits = [int(each) for each in text if each.isdigit()]
    doubled = [sum(divmod(2 * each, 10)) if place % 2 else each for place, each in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    """The check digits of ISO 13616: the number is 1 modulo 97."""
    plain = text.replace(" ", "")
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1


def _is_phone(text: str) -> bool:
    return 7 <= sum(each.isdigit() for each in text) <= 15


_CHECKS: dict[str, Callable[[str], bool]] = {"card": _is_card, "iban": _is_iban, "phone": _is_phone}


class Redaction:
    """What one configuration strikes out."""

    __slots__ = ("_paths", "_patterns", "_secrets")

    def __init__(self, settings: LogSettings, secrets: Iterable[str] = ()) -> None:
        """`secrets` are texts that stand in no transcript, whatever their shape."""
        self._secrets = tuple({each for each in secrets if len(each) >= SHORTEST_SECRET})
        self._patterns = [(re.compile(_PATTERNS.get(word, word)), _CHECKS.get(word)) for word in settings.redact]
        self._paths = [path.split(".") for path in settings.strike]

    def text(self, text: str) -> str:
        """`text` without what must not be kept."""
        for secret in self._secrets:
            text = text.replace(secret, STRUCK)
        text = CREDENTIALS.sub(STRUCK, text)
        for pattern, check in self._patterns:
            text = pattern.sub(STRUCK if check is None else _struck_if(check), text)
        return text

    def value(self, value: Any) -> Any:
        """JSON, every text of it, names of members included; and without the members that are struck out."""
        for path in self._paths:
            _strike(value, path)
        return self._walk(value)

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._walk(each) for each in cast("list[Any]", value)]
        if isinstance(value, dict):
            items = cast("dict[str, Any]", value).items()
            return {self.text(name): self._walk(each) for name, each in items}
        return value


def _struck_if(check: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    return lambda found: STRUCK if check(found[0]) else found[0]


def _strike(value: Any, path: list[str]) -> None:
    """Strike out what stands at a path, in place; `*` is every element or member."""
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        places: Iterable[Any] = range(len(cast("list[Any]", value))) if step == "*" else ()
    elif isinstance(value, dict):
        places = list(cast("dict[str, Any]", value)) if step == "*" else [step] if step in value else []
    else:
        return
    for place in places:
        if rest:
            _strike(value[place], rest)
        else:
            value[place] = STRUCK

"""Whether an address may come of a URI template."""

import re
from functools import lru_cache

from trigate.core.wildcard import fits

_LONGEST_REMEMBERED = 1024
"""Letters of a URI template that is kept taken apart."""
_expression = re.compile(r"\{[^{}]*\}")


def is_made_from(template: str, uri: str) -> bool:
    """Whether a URI template may give `uri`, each expression standing for any text (RFC 6570, read generously)."""
    pieces = _pieces(template) if len(template) <= _LONGEST_REMEMBERED else _pieces.__wrapped__(template)
    return fits(uri, pieces, 1)


@lru_cache(1024)
def _pieces(template: str) -> list[str]:
    return _expression.split(template)

"""Rules and limits made at run time are checked before they are kept; what only the file may hold is refused."""

from typing import Literal

from trigate.core.errors import BadRequest
from trigate.policy.rule import read_rule


def check_document(kind: Literal["access", "limit"], name: str, body: bytes) -> None:
    """Raises BadRequest unless `body` is a rule or limit that can be used."""
    if b"${" in body:
        raise BadRequest("references such as ${NAME} may stand in the file only")
    try:
        if kind == "access":
            read_rule(body)
    except ValueError as error:
        raise BadRequest(str(error)) from None

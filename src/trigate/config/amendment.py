"""Rules and limits made at run time: read like a piece of the file, without what only the file may hold."""

from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from trigate.config.load import convert_text
from trigate.config.problem import InvalidConfig
from trigate.config.substitution import Substitution
from trigate.core.errors import BadRequest
from trigate.policy.limit import Limit
from trigate.policy.rule import Rule, read_rule
from trigate.store.directory import Document


def read_limit(document: Document) -> Limit:
    """The limit of a document, called like it; raises ValueError."""
    _refuse_references(document.body)
    try:
        limit = convert_text(document.body.decode(), document.name, Limit, Substitution({}, Path()))
        if limit.name not in ("", document.name):  # its own name is one that no other document can have
            raise ValueError(f"leave `name` out: the limit is called {document.name!r}, as it is kept")
        limit = limit if limit.name else replace(limit, name=document.name)
        limit.quotas(document.organisation)
    except InvalidConfig as error:
        raise ValueError("; ".join(each.message for each in error.problems)) from None
    return limit


def read_access(document: Document) -> Rule:
    """The access rule of a document; raises ValueError."""
    _refuse_references(document.body)
    return read_rule(document.body)


def check_document(kind: Literal["access", "limit"], name: str, body: bytes) -> None:
    """Raises BadRequest unless `body` is a rule or limit that can be used."""
    document = Document(kind=kind, name=name, body=body)
    try:
        read_access(document) if kind == "access" else read_limit(document)
    except ValueError as error:
        raise BadRequest(str(error)) from None


def _refuse_references(body: bytes) -> None:
    if b"${" in body:
        raise ValueError("references such as ${NAME} may stand in the file only")

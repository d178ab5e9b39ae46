"""Lists of models, and one of them, as the callers of each dialect know them: page by page where they ask so."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from trigate.core.query import parameters
from trigate.core.request import Request
from trigate.llm.error import InvalidParameter
from trigate.llm.model_facts import UNKNOWN, ModelFacts

EVERY = "*"
"""Asked for when no model is named."""
MOST = 1000
"""Models of one page, as Anthropic and Google bound them."""
ANTHROPIC_PAGE = 20
GEMINI_PAGE = 50
"""Models of a page if the caller does not say."""


class Card(Struct, frozen=True):
    """One model."""

    id: str
    created: int
    """Seconds since the epoch: when this configuration was loaded."""
    owner: str
    """The provider that is asked first."""
    facts: ModelFacts = UNKNOWN


class Inquiry(Struct, frozen=True):
    """An ask for one model's description, or for all."""

    model: str
    dialect: str = "openai_chat"
    """In which it was asked."""
    size: int = 0
    """Models of one page; 0 for as many as is usual."""
    after: str = ""
    """Begin behind the model of this name."""
    before: str = ""
    """End before it."""


def inquired(name: bytes, dialect: str, request: Request) -> Inquiry:
    """The inquiry for the model named in an address, where a slash may be escaped; raises InvalidParameter."""
    if name:
        return Inquiry(unquote_to_bytes(name).decode(errors="replace"), dialect)
    query = request.query
    if dialect == "anthropic_messages":
        return Inquiry(EVERY, dialect, _size(query, "limit"), _text(query, "after_id"), _text(query, "before_id"))
    if dialect == "gemini_content":
        return Inquiry(EVERY, dialect, _size(query, "pageSize"), _text(query, "pageToken"))
    if dialect == "cohere_chat":
        return Inquiry(EVERY, dialect, _size(query, "page_size"), _text(query, "page_token"))
    return Inquiry(EVERY, dialect)


def tell_one(card: Card, dialect: str) -> dict[str, Any]:
    """One model, as its reader knows it."""
    return _CARDS.get(dialect, _openai_card)(card)


def tell_list(cards: Sequence[Card], inquiry: Inquiry) -> dict[str, Any]:
    """One page of a list; raises InvalidParameter if it begins at a model that is not there."""
    return _LISTS.get(inquiry.dialect, _openai_list)(cards, inquiry)


def _openai_card(card: Card) -> dict[str, Any]:
    return {"id": card.id, "created": card.created, "owned_by": card.owner, "object": "model"}


def _openai_list(cards: Sequence[Card], inquiry: Inquiry) -> dict[str, Any]:
    return {"object": "list", "data": [_openai_card(card) for card in cards]}


def _anthropic_card(card: Card) -> dict[str, Any]:
    facts = card.facts
    told = {"max_input_tokens": facts.most_input or facts.context, "max_tokens": facts.most_output}
    return {
        "type": "model",
        "id": card.id,
        "display_name": card.id,
        "created_at": datetime.fromtimestamp(card.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lifecycle": "deprecated" if facts.status == "deprecated" else "active",
        **{name: count for name, count in told.items() if count},
    }


def _anthropic_list(cards: Sequence[Card], inquiry: Inquiry) -> dict[str, Any]:
    size = inquiry.size or ANTHROPIC_PAGE
    if inquiry.before:
        end = _place(cards, inquiry.before)
        page, more = cards[max(end - size, 0) : end], end > size
    else:
        start = _place(cards, inquiry.after) + 1 if inquiry.after else 0
        page, more = cards[start : start + size], start + size < len(cards)
    first, last = (page[0].id, page[-1].id) if page else (None, None)
    return {"data": [_anthropic_card(card) for card in page], "has_more": more, "first_id": first, "last_id": last}


def _gemini_card(card: Card) -> dict[str, Any]:
    facts = card.facts
    told = {"inputTokenLimit": facts.most_input or facts.context, "outputTokenLimit": facts.most_output}
    return {
        "name": f"models/{card.id}",
        "version": "",
        "displayName": card.id,
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent", "countTokens"],
        **{name: count for name, count in told.items() if count},
    }


def _gemini_list(cards: Sequence[Card], inquiry: Inquiry) -> dict[str, Any]:
    page, token = _page(cards, inquiry, GEMINI_PAGE)
    return {"models": [_gemini_card(card) for card in page], **({"nextPageToken": token} if token else {})}


def _cohere_card(card: Card) -> dict[str, Any]:
    length = {"context_length": card.facts.context} if card.facts.context else {}
    return {"name": card.id, "endpoints": ["chat"], "finetuned": False, **length}


def _cohere_list(cards: Sequence[Card], inquiry: Inquiry) -> dict[str, Any]:
    page, token = _page(cards, inquiry, ANTHROPIC_PAGE)
    return {"models": [_cohere_card(card) for card in page], **({"next_page_token": token} if token else {})}


_CARDS: Mapping[str, Callable[[Card], dict[str, Any]]] = {
    "anthropic_messages": _anthropic_card,
    "gemini_content": _gemini_card,
    "cohere_chat": _cohere_card,
}
_LISTS: Mapping[str, Callable[[Sequence[Card], Inquiry], dict[str, Any]]] = {
    "anthropic_messages": _anthropic_list,
    "gemini_content": _gemini_list,
    "cohere_chat": _cohere_list,
}


def _page(cards: Sequence[Card], inquiry: Inquiry, usual: int) -> tuple[Sequence[Card], str]:
    """One page, and what asks for the next one: the name of its last model; empty if there is none."""
    size = inquiry.size or usual
    start = _place(cards, inquiry.after) + 1 if inquiry.after else 0
    page = cards[start : start + size]
    return page, page[-1].id if start + size < len(cards) else ""


def _place(cards: Sequence[Card], name: str) -> int:
    for place, card in enumerate(cards):
        if card.id == name:
            return place
    raise InvalidParameter(f"there is no model {name!r} in the list any more; begin with the first page", "page")


def _size(query: bytes, name: str) -> int:
    said = _text(query, name)
    if not said:
        return 0
    if not said.isascii() or not said.isdigit() or not int(said[:9]) > 0:
        raise InvalidParameter(f"`{name}` must be a whole number above 0", name)
    return min(int(said[:9]), MOST)


def _text(query: bytes, name: str) -> str:
    found = parameters(query, name.encode())
    return found[0].decode(errors="replace") if found else ""

"""What SDKs are made to ask for, and what they must tell of the answers, whichever SDK it is."""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from tests.journeys.models.answer import Answer, Call

MARK = "c2lnbmVk"
"""The signature of every thought."""
PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"
PNG_TEXT, PDF_TEXT = b64encode(PNG).decode(), b64encode(PDF).decode()
LOOK_UP = "Tells the weather of a town by name."
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"town": {"type": "string", "description": "Its name in English."}},
    "required": ["town"],
    "additionalProperties": False,
}


class Weather(BaseModel):
    """The form of an answer."""

    town: str
    degrees: int


FORM: dict[str, Any] = {
    "type": "object",
    "properties": {"town": {"type": "string"}, "degrees": {"type": "integer"}},
    "required": ["town", "degrees"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Case:
    """A conversation: what is asked, and how the model answers, call by call."""

    words: str
    answers: list[Answer]
    system: str = ""
    image: bool = False
    pdf: bool = False
    tools: bool = False
    formed: bool = False
    thinks: bool = False
    carries: list[str] = field(default_factory=list)
    """Texts that the model must have been told in the end, in whatever place."""


@dataclass
class Told:
    """What an SDK tells of one answer."""

    text: str
    calls: list[tuple[str, Any]]
    thought: str
    wants_tools: bool
    """By its word for why the answer ended."""
    input: int
    output: int


def result_of(arguments: Any) -> str:
    """What the tool says."""
    return f"It is 21 degrees in {arguments['town']}."


def _calls(*towns: str) -> list[Call]:
    return [Call(f"call_{place}", "weather", {"town": town}) for place, town in enumerate(towns, 1)]


CASES = {
    "words": Case(
        "How are you?", [Answer("Very well, žluťoučký kůň 🐎.")], "Be brief and kind.",
        carries=["How are you?", "Be brief and kind."],
    ),
    "calls": Case(
        "Weather in Brno and Oslo?", [Answer("I look it up.", _calls("Brno", "Oslo")), Answer("21 in both.")],
        tools=True, carries=[LOOK_UP, "Its name in English.", "21 degrees in Brno", "21 degrees in Oslo"],
    ),
    "thoughts": Case(
        "Weather in Brno?", [Answer("", _calls("Brno"), "A tool will know.", MARK), Answer("21.")],
        tools=True, thinks=True, carries=["21 degrees in Brno"],
    ),
    "form": Case("Weather?", [Answer('{"town": "Brno", "degrees": 21}')], formed=True, carries=["degrees"]),
    "image": Case("What is this?", [Answer("A dot.")], image=True, carries=[PNG_TEXT]),
    "pdf": Case("What does it say?", [Answer("Nothing.")], pdf=True, carries=[PDF_TEXT]),
}  # fmt: skip

"""The form of the answer is told as a schema that the provider takes."""

from tests.llm.dialects.anthropic_messages.scene import said, talk, write
from trigate.llm.conversation import OutputForm, Text, Turn
from trigate.llm.dialects.anthropic_messages.output_writer import close

OPEN = {
    "type": "object",
    "properties": {"type": {"type": "object"}, "a": {"type": "array", "items": {"type": "object"}}},
}


def test_every_object_of_a_schema_is_closed_and_nothing_else_is_touched() -> None:
    shut = {"type": "object", "additionalProperties": False}
    properties = {"type": shut, "a": {"type": "array", "items": shut}}
    assert close(OPEN) == {"type": "object", "properties": properties, "additionalProperties": False}
    assert "additionalProperties" not in OPEN
    free = {"type": "object", "additionalProperties": True, "const": {"type": "object"}}
    assert close(free) == free


def test_a_form_is_told_and_what_it_cannot_say_is_named() -> None:
    form = OutputForm(schema={"type": "object"}, name="n", description="d", strict=False, extra={"x": 1})
    body, losses = write(talk(output=form))
    schema = {"type": "object", "additionalProperties": False}
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}}
    assert [(field.removeprefix("response_format.json_schema."), fate) for field, fate, _ in losses] == [
        ("x", "dropped"),
        ("name", "dropped"),
        ("description", "dropped"),
        ("strict", "degraded"),
        ("schema", "degraded"),
    ]


def test_json_without_a_schema_is_asked_for_by_the_system() -> None:
    body, losses = write(talk(said("a", role="system"), said("b"), output=OutputForm()))
    assert [each["text"] for each in body["system"]] == ["a", "Answer with one JSON object and nothing else."]
    assert losses == [("response_format.json_schema", "degraded", "the system asks for JSON")]
    alone, _ = write(talk(Turn("user", [Text(text="b")]), output=OutputForm()))
    assert alone["system"] == "Answer with one JSON object and nothing else."

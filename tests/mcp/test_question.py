"""Questions of the gateway itself."""

import json

from msgspec import Raw

from trigate.mcp.profile import FORM, ROOTS, URL
from trigate.mcp.question import ASKING, Question, form_question, url_question


def test_a_url_question_asks_for_nothing_but_consent():
    question = url_question("https://gate.example/connect/x", "Connect")
    assert question.method in ASKING
    assert question.needs == URL
    assert json.loads(bytes(question.params)) == {
        "mode": "url",
        "url": "https://gate.example/connect/x",
        "message": "Connect",
    }


def test_a_form_question_without_a_schema_is_a_yes_or_no():
    question = form_question("Sure?")
    assert question.needs == FORM
    assert json.loads(bytes(question.params))["requestedSchema"] == {"type": "object", "properties": {}}


def test_a_question_may_have_no_params():
    assert Question("roots/list", Raw(b"")).needs == ROOTS

"""Methods of Google's models that make pictures or speech."""

import pytest

from trigate.llm.google_method import making_method


@pytest.mark.parametrize(
    ("operation", "model", "method"),
    [
        ("imagen_predict", "imagen-4.0-generate-001", "predict"),
        ("imagen_predict", "gemini-2.5-flash-image", None),
        ("gemini_picture", "gemini-2.5-flash-image", "generateContent"),
        ("gemini_picture", "gemini-2.5-pro", None),
        ("gemini_speech", "gemini-2.5-pro-preview-tts", "generateContent"),
        ("gemini_speech", "gemini-2.5-pro", None),
        ("gemini_content", "gemini-2.5-pro", None),
    ],
)
def test_a_model_is_known_by_its_name(operation: str, model: str, method: str | None):
    assert making_method(operation, model) == method

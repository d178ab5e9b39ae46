"""How Google's models are asked for what is no chat, at its Gemini API and at Vertex AI alike."""


def making_method(operation: str, model: str) -> str | None:
    """How a model is asked for pictures or for speech, by its name; None if it makes none."""
    if operation == "imagen_predict":
        return "predict" if model.startswith("imagen-") else None
    if operation == "gemini_picture":
        return "generateContent" if model.startswith("gemini-") and "image" in model else None
    if operation == "gemini_speech":
        return "generateContent" if model.startswith("gemini-") and "tts" in model else None
    return None

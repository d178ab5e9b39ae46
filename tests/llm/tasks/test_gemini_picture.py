"""Pictures in Gemini's answers."""

from trigate.llm.loss import Losses
from trigate.llm.picture import Picture, PictureAsk
from trigate.llm.tasks.gemini_picture import DIALECT


def test_only_the_shape_can_be_said():
    losses = Losses()
    said = DIALECT.write_ask(PictureAsk(prompt="x", format="webp", compression=70, size=(210, 90)), "m", 1, losses)
    assert said["generationConfig"] == {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "21:9"}}
    assert [each.field for each in losses.found()] == ["output_format", "output_compression"]


def test_thoughts_are_no_pictures():
    inline = {"inlineData": {"data": "QQ==", "mimeType": "image/jpeg"}}
    parts = [{"text": "a"}, {**inline, "thought": True}, inline]
    heard = DIALECT.read_reply({"candidates": [{"content": {"parts": parts}}]})
    assert heard.value == [Picture("QQ==", "image/jpeg")]
    assert heard.tally is not None
    assert heard.tally.units == {"images": 1}

"""Imagen's predictions."""

from trigate.llm.loss import Losses
from trigate.llm.picture import PictureAsk
from trigate.llm.tasks.imagen_predict import DIALECT


def test_form_and_quality_are_said_where_they_can_be():
    losses = Losses()
    said = DIALECT.write_ask(PictureAsk(prompt="x", format="jpeg", compression=70, size=(2048, 2048)), "m", 1, losses)
    output = {"mimeType": "image/jpeg", "compressionQuality": 70}
    assert said["parameters"] == {
        "sampleCount": 1, "aspectRatio": "1:1", "sampleImageSize": "2K", "outputOptions": output,
    }  # fmt: skip
    assert not losses
    DIALECT.write_ask(PictureAsk(prompt="x", format="webp", lost=["style"]), "m", 1, losses)
    assert [(each.field, each.fate) for each in losses.found()] == [("style", "dropped"), ("output_format", "degraded")]


def test_pictures_that_were_held_back_are_not_billed():
    heard = DIALECT.read_reply({"predictions": [{"bytesBase64Encoded": "QQ=="}, {"raiFilteredReason": "no"}]})
    assert len(heard.value) == 1
    assert heard.tally is not None
    assert heard.tally.units == {"images": 1}

"""Pictures as Google's Imagen models make them, asked for as predictions."""

from typing import Any

from trigate.llm.loss import Losses
from trigate.llm.picture import LARGE, Picture, PictureAsk, shape_of, tell_lost
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.told import objects_told

SHAPES = ("1:1", "3:4", "4:3", "9:16", "16:9")
TYPES = {"png": "image/png", "jpeg": "image/jpeg"}


class ImagenPredict:
    """`POST …/models/MODEL:predict`; spoken with providers alone."""

    name = "imagen_predict"
    dialect = "gemini_content"
    most = 4
    """Pictures in one request."""

    def write_ask(self, ask: PictureAsk, model: str, count: int, losses: Losses) -> dict[str, Any]:
        """So many of them."""
        tell_lost(ask, losses)
        parameters: dict[str, Any] = {"sampleCount": count}
        if ask.size is not None:
            parameters["aspectRatio"] = shape_of(ask.size, SHAPES, losses)
            if max(ask.size) > LARGE:
                parameters["sampleImageSize"] = "2K"
        if ask.format in TYPES:
            quality = {"compressionQuality": ask.compression} if ask.compression and ask.format == "jpeg" else {}
            parameters["outputOptions"] = {"mimeType": TYPES[ask.format], **quality}
        elif ask.format:
            losses.degrade("output_format", "png")
        return {"instances": [{"prompt": ask.prompt}], "parameters": parameters}

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """The pictures that were not held back; they are billed by the piece."""
        found = [each for each in objects_told(body, "predictions") if "bytesBase64Encoded" in each]
        pictures = [Picture(str(each["bytesBase64Encoded"]), str(each.get("mimeType", "image/png"))) for each in found]
        return Heard(pictures, Tally(units={"images": len(pictures)}))


DIALECT = ImagenPredict()

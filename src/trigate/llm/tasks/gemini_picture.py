"""Pictures as Gemini's own models make them, in answers of generateContent."""

from typing import Any

from trigate.llm.dialects.gemini_content.tally import read_tally
from trigate.llm.loss import Losses
from trigate.llm.picture import LARGE, Picture, PictureAsk, shape_of, tell_lost
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard
from trigate.llm.told import objects_told, told

SHAPES = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")


class GeminiPicture:
    """`POST …/models/MODEL:generateContent`; spoken with providers alone."""

    name = "gemini_picture"
    dialect = "gemini_content"
    most = 1

    def write_ask(self, ask: PictureAsk, model: str, count: int, losses: Losses) -> dict[str, Any]:
        """One of them."""
        tell_lost(ask, losses)
        if ask.format not in {"", "png"}:
            losses.degrade("output_format", "png")
        if ask.compression is not None:
            losses.drop("output_compression")
        config: dict[str, Any] = {"responseModalities": ["IMAGE"]}
        if ask.size is not None:
            large = {"imageSize": "2K"} if max(ask.size) > LARGE else {}
            config["imageConfig"] = {"aspectRatio": shape_of(ask.size, SHAPES, losses), **large}
        return {"contents": [{"role": "user", "parts": [{"text": ask.prompt}]}], "generationConfig": config}

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """The pictures among the parts, and the tokens."""
        parts = [part for each in objects_told(body, "candidates") for part in objects_told(each, "content", "parts")]
        found = [told(part, "inlineData") for part in parts if "inlineData" in part and not part.get("thought")]
        pictures = [Picture(str(each["data"]), str(each.get("mimeType", "image/png"))) for each in found]
        tally = read_tally(body["usageMetadata"]) if "usageMetadata" in body else None
        tally = tally or Tally()
        tally.units = {"images": len(pictures)}
        return Heard(pictures, tally)


DIALECT = GeminiPicture()

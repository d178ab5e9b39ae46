"""Pictures asked for in OpenAI's words, and made by models that are asked in others."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

import msgspec

from trigate.core.clock import clock
from trigate.core.errors import UpstreamProtocolError
from trigate.llm.chat_dialect import Manners
from trigate.llm.loss import Losses
from trigate.llm.operation import Ask
from trigate.llm.picture import Picture, PictureAsk, read_pictures_ask, write_pictures
from trigate.llm.piecewise import PiecewiseBridge, summed
from trigate.llm.reply import Tally
from trigate.llm.task_dialect import Heard, TaskCrossing
from trigate.llm.tasks import gemini_picture, imagen_predict

_encode = msgspec.json.Encoder().encode


class SpokenPicture(Protocol):
    """A language that is spoken with providers alone."""

    @property
    def name(self) -> str: ...
    @property
    def dialect(self) -> str: ...
    @property
    def most(self) -> int:
        """Pictures in one request."""
        ...

    def write_ask(self, ask: PictureAsk, model: str, count: int, losses: Losses) -> dict[str, Any]:
        """The body that asks for `count` of them."""
        ...

    def read_reply(self, body: dict[str, Any]) -> Heard:
        """Understand a provider's answer; raises LookupError, TypeError or ValueError if it is in no known form."""
        ...


SPOKEN: tuple[SpokenPicture, ...] = (imagen_predict.DIALECT, gemini_picture.DIALECT)


class PictureBridge(PiecewiseBridge, frozen=True):
    """From OpenAI's callers."""

    spoken: SpokenPicture

    def understand(self, ask: Ask) -> PictureAsk:
        """What is to be seen."""
        return read_pictures_ask(ask)

    def requests(self, meant: PictureAsk) -> int:
        """Models make few at a time."""
        return -(-meant.count // self.spoken.most)

    def write_piece(self, meant: PictureAsk, manners: Manners, losses: Losses, number: int) -> bytes:
        """As many as are still wanted."""
        most = self.spoken.most
        count = min(meant.count - number * most, most)
        return _encode(self.spoken.write_ask(meant, manners.model, count, losses))

    def read(self, body: object) -> Heard:
        """The pictures."""
        return self.spoken.read_reply(cast("dict[str, Any]", body))

    def tell(self, meant: PictureAsk, heard: Sequence[Heard], losses: Losses) -> tuple[bytes, Tally | None]:
        """All of them; raises UpstreamProtocolError if all were held back."""
        pictures: list[Picture] = [picture for each in heard for picture in each.value]
        if not pictures:
            raise UpstreamProtocolError("the provider made no picture: it may not like what was asked for")
        tally = summed([each.tally for each in heard if each.tally is not None])
        usage = None
        if tally.prompt or tally.completion:
            details = {"text_tokens": tally.input - tally.image_input, "image_tokens": tally.image_input}
            usage = {
                "input_tokens": tally.prompt,
                "input_tokens_details": details,
                "output_tokens": tally.completion,
                "total_tokens": tally.prompt + tally.completion,
            }
        return write_pictures(pictures, clock.wall_ns() // 10**9, usage), tally


def picture_crossings() -> list[TaskCrossing]:
    """To every language that pictures can be asked for in."""
    return [TaskCrossing(each.name, each.dialect, PictureBridge(each)) for each in SPOKEN]

"""OpenAI's images: made of a text, changed, varied; plain, and streamed with sketches on the way."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from trigate.llm.bridge import Crossing
from trigate.llm.extent import LIKELY_PART, Extent, MediaBounds
from trigate.llm.member import Members
from trigate.llm.operation import Ask, Burden
from trigate.llm.picture_bridge import picture_crossings
from trigate.llm.reply import Tally
from trigate.llm.task_operation import TaskOperation, read_count
from trigate.llm.task_usage import read_answer

# fmt: off
MADE = frozenset({
    "background", "complexity", "frame_count", "frame_duration_ms", "model", "moderation", "n", "output_compression",
    "output_format", "partial_images", "prompt", "quality", "response_format", "safety_identifier", "size", "stream",
    "style", "svg", "user",
})
CHANGED = MADE - {"style"} | {"image", "images", "input_fidelity", "markup", "mask"}
VARIED = frozenset({"image", "model", "n", "response_format", "size", "user"})
# fmt: on
"""Members of each API."""
MOST_IMAGES = 100
LIKELY_IMAGE = 4160
"""Tokens of output of a square image in high quality, as OpenAI counts them."""


class OpenAIImages(TaskOperation, kw_only=True):
    """`POST /v1/images/…`; `image`, where it is sent, may come more than once."""

    action: str = "llm.images.generate"
    repeatable: AbstractSet[str] = frozenset({"image"})
    unit: str = "images"
    streams: bool = True

    def units(self, ask: Ask) -> dict[str, int] | None:
        """As many images as are wanted."""
        return {"images": read_count(ask.members, "n", 1, MOST_IMAGES)}

    def extent(self, members: Members, media: MediaBounds) -> Extent:
        """Of the texts, and of the images that are sent."""
        size = sum(map(len, members.values()))
        images = sum(bytes(members[name]).count(b'{"') for name in ("image", "images", "mask") if name in members)
        return Extent(size + images * media.image, size // 4 + images * LIKELY_PART)

    def burden(self, ask: Ask, media: MediaBounds) -> Burden:
        """Each image has as many tokens as an image can have at most."""
        wanted = (ask.units or {}).get("images", 1)
        return Burden(wanted * media.image, wanted * LIKELY_IMAGE, ask.units)

    def crossings(self) -> Iterable[Crossing]:
        """Of what is made, to Google's languages."""
        return picture_crossings() if self.path == b"/v1/images/generations" else ()

    def read_tally(self, ask: Ask, body: bytes) -> Tally | None:
        """Tokens, where the model is billed by them, and the images that came; those that were wanted in a stream."""
        answer = read_answer(body)
        tally = answer.tally() or Tally()
        tally.units = {"images": 1} if ask.streamed else {"images": answer.pieces()}
        return tally


GENERATE = OpenAIImages(name="openai_images_generate", path=b"/v1/images/generations", known=MADE)
EDIT = OpenAIImages(
    name="openai_images_edit", action="llm.images.edit", path=b"/v1/images/edits", known=CHANGED, forms="also"
)
VARY = OpenAIImages(
    name="openai_images_vary", action="llm.images.vary", path=b"/v1/images/variations", known=VARIED, forms="also",
    streams=False,
)  # fmt: skip

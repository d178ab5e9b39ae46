"""A model's answer in no provider's language: whole, or as events that tell it piece by piece."""

from typing import Any, Literal

from msgspec import Struct

from trigate.core.usage import Usage
from trigate.llm.conversation import Citation, Extra, Part
from trigate.llm.price import NO_MEDIA, Media

Stop = Literal["end", "length", "sequence", "tool", "filter", "refusal", "pause", "context", "other"]
"""Why an answer ended: it was complete, too long, met a stop sequence, wants a tool called, was filtered, was refused
by the model, waits for the provider's own tool, outgrew the context window, or something else."""
MOST_TOKENS = 10**9
"""A count above this is taken for nonsense."""


class Tally(Struct, kw_only=True):
    """Tokens as a provider counted them, split so that none is counted twice."""

    input: int = 0
    """Neither read from a cache nor written to it."""
    cache_read: int = 0
    cache_write: int = 0
    """Written to the provider's cache for its usual time (5 minutes)."""
    cache_write_long: int = 0
    """Written for an hour."""
    output: int = 0
    """Without reasoning."""
    reasoning: int = 0
    audio_input: int = 0
    """How many of the input were audio; they are counted there, too."""
    audio_output: int = 0
    image_input: int = 0
    """How many of the input were images, likewise."""
    image_output: int = 0
    service_tier: str = ""
    """The service that was given, where there are several."""
    units: dict[str, int] | None = None
    """What is billed beside tokens, by the names of `price.UNITS`."""
    guessed: bool = False
    """The provider did not say; this is an estimate."""

    @property
    def sound(self) -> bool:
        """Whether it can be true."""
        counts = self.input, self.cache_read, self.cache_write, self.cache_write_long, self.output, self.reasoning
        if self.units is not None:
            counts += tuple(self.units.values())
        return min(counts) >= 0 and max(counts) <= MOST_TOKENS

    @property
    def prompt(self) -> int:
        """All input."""
        return self.input + self.cache_read + self.cache_write + self.cache_write_long

    @property
    def completion(self) -> int:
        """All output."""
        return self.output + self.reasoning

    @property
    def media(self) -> Media:
        """What of it was no text."""
        if self.audio_input or self.audio_output or self.image_input or self.image_output:
            return Media(self.audio_input, self.audio_output, self.image_input, self.image_output)
        return NO_MEDIA

    def add_to(self, usage: Usage) -> None:
        """Add the counts to a call's usage."""
        usage.input_tokens += self.input
        usage.output_tokens += self.output
        if self.reasoning:
            usage.reasoning_tokens += self.reasoning
        if self.cache_read:
            usage.cache_read_tokens += self.cache_read
        if self.cache_write or self.cache_write_long:
            usage.cache_write_tokens += self.cache_write
            usage.cache_write_long_tokens += self.cache_write_long
        if self.units is not None:
            usage.units = dict(self.units)
        if self.guessed:
            usage.estimated = True


class Choice(Struct, kw_only=True):
    """One answer."""

    parts: list[Part]
    stop: Stop = "end"
    sequence: str = ""
    """The stop sequence that was met."""
    logprobs: Any = None
    """In the form of OpenAI's chat completions: `{"content": […]}`."""
    extra: Extra = {}


class Reply(Struct, kw_only=True):
    """The whole answer."""

    dialect: str
    """In which it was given, and in which `extra` is to be understood."""
    id: str
    model: str
    choices: list[Choice]
    created: int = 0
    """Seconds since the epoch, 0 if it is not said."""
    tally: Tally | None = None
    extra: Extra = {}
    form: Extra = {}
    """Members that only repeat the ask: elsewhere nothing is lost with them."""


class Event(Struct, kw_only=True):
    """A piece of a streamed answer. Parts of a choice are numbered from 0 in the order in which they begin."""


class Begin(Event, kw_only=True):
    """The first event."""

    id: str = ""
    model: str = ""
    created: int = 0
    tally: Tally | None = None
    """What is known of the input already."""


class PartBegin(Event, kw_only=True):
    """A part begins; of a text, a thought or a tool's arguments nothing is said yet."""

    index: int
    part: Part
    choice: int = 0


class Delta(Event, kw_only=True):
    """More of a text, a refusal, a thought, or of the arguments of a tool (a piece of JSON text)."""

    index: int
    text: str
    choice: int = 0
    logprobs: Any = None


class Signature(Event, kw_only=True):
    """The signature of a thought or a tool's call."""

    index: int
    signature: str
    maker: str
    choice: int = 0


class Cite(Event, kw_only=True):
    """A source of the text so far."""

    index: int
    citation: Citation
    choice: int = 0


class PartEnd(Event, kw_only=True):
    """A part is complete. Every part ends before its choice does."""

    index: int
    choice: int = 0


class ChoiceEnd(Event, kw_only=True):
    """One answer is complete."""

    stop: Stop
    choice: int = 0
    sequence: str = ""


class Count(Event, kw_only=True):
    """The usage so far: a later one takes the place of an earlier one."""

    tally: Tally


class Failure(Event, kw_only=True):
    """The provider gave up in the middle; nothing follows."""

    message: str
    code: str = ""
    """As the provider calls it, such as `overloaded_error`."""
    status: int = 500
    """The HTTP status it would have had."""


class End(Event, kw_only=True):
    """The last event of a complete answer."""

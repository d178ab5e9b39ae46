"""An ask for a chat in no provider's language: every dialect is read into it, and written from it.

What a dialect says that has no place here stays with the part of the ask that it belongs to, in `extra`, under the name
it has in that dialect: the same dialect writes it back, any other reports it as lost.
"""

from typing import Any, Literal

from msgspec import Struct

Extra = dict[str, Any]
"""JSON members that only the dialect they came in knows, by name."""
Role = Literal["system", "developer", "user", "assistant", "tool"]
ToolMode = Literal["auto", "none", "required", "one"]


class Cache(Struct, frozen=True):
    """A mark: what stands up to here may be kept in the provider's prompt cache."""

    ttl: str = ""
    """`5m`, `1h`, or empty for the provider's default."""


class Media(Struct, kw_only=True):
    """Bytes that are no text, in one of three ways: at an address, in place, or kept at the provider."""

    url: str = ""
    data: str = ""
    """Base64, as it travels in every dialect."""
    file: str = ""
    """Identifier of a file kept at the provider."""
    mime: str = ""
    """Such as `image/png`; empty if the ask does not say."""


class Citation(Struct, kw_only=True):
    """Where a piece of an answer's text comes from."""

    url: str = ""
    title: str = ""
    quote: str = ""
    """The words of the source."""
    start: int | None = None
    """First character of the text that is covered, None if it is not said."""
    end: int | None = None
    document: int | None = None
    """Place of the source among the documents of the ask."""
    extra: Extra = {}
    form: Extra = {}
    """As for a part."""


class Part(Struct, kw_only=True):
    """A piece of a turn."""

    cache: Cache | None = None
    extra: Extra = {}
    form: Extra = {}
    """How its own dialect wrote it, where that has several ways to say the same: elsewhere nothing is lost with it."""


class Text(Part, kw_only=True):
    """What is said."""

    text: str
    citations: list[Citation] = []


class Refusal(Part, kw_only=True):
    """The model's words for not answering."""

    text: str


class Image(Part, kw_only=True):
    """A picture; `detail` is how closely it is to be looked at."""

    media: Media
    detail: str = ""


class Audio(Part, kw_only=True):
    """Sound; `mime` says its form, such as `audio/wav`. An earlier answer's is told by `media.file`."""

    media: Media
    transcript: str = ""


class Video(Part, kw_only=True):
    """A moving picture."""

    media: Media


class File(Part, kw_only=True):
    """A document, such as a PDF, or a plain text (`text`, then `media` is empty)."""

    media: Media
    name: str = ""
    text: str = ""
    context: str = ""
    cited: bool | None = None
    """Whether the answer is to cite it."""


class Thought(Part, kw_only=True):
    """What the model thought; sent back so that it can go on from there."""

    text: str = ""
    signature: str = ""
    """What proves it to its maker: a signature, or the encrypted thought itself. It must come back unchanged."""
    summarised: bool = False
    """`text` is known to be a summary of the thought, not the thought itself."""
    redacted: bool = False
    """`signature` is all there is: the thought itself is not to be seen."""
    maker: str = ""
    """Who made the signature, as no other understands it: `anthropic`, `google`, `openai`, `bedrock`. Empty: nobody."""
    id: str = ""


class ToolCall(Part, kw_only=True):
    """A tool that the model wants to be called."""

    id: str
    name: str
    arguments: str = "{}"
    """JSON text as the model wrote it; a plain text for a custom tool."""
    custom: bool = False
    """Whether the tool takes a plain text."""
    signature: str = ""
    """What Gemini signs a call with, to be sent back unchanged."""
    maker: str = ""
    """As for a thought."""


class ToolResult(Part, kw_only=True):
    """What the tool said."""

    call: str
    """`ToolCall.id`."""
    name: str = ""
    """The tool's name; filled in from the call where a dialect does not say it."""
    parts: list[Part] = []
    failed: bool = False
    custom: bool = False


class Opaque(Part, kw_only=True):
    """A part, or a tool, that only its own dialect has, such as the search that a provider runs itself."""

    dialect: str
    kind: str
    """What that dialect calls it."""
    value: Any


class Turn(Struct):
    """What one side says. Results of tools have turns of their own (`tool`), whatever the dialect does."""

    role: Role
    parts: list[Part]
    continues: bool = False
    """It stood in the same message as the turn before."""
    plain: bool = False
    """Its one text stood there as a bare string, not in a list of parts."""
    name: str = ""
    """Who speaks, where several have the same role."""
    extra: Extra = {}
    form: Extra = {}
    """As for a part."""


class Tool(Struct, kw_only=True):
    """A function that the model may ask for."""

    name: str
    description: str = ""
    schema: Any = None
    """JSON Schema of its arguments; None if it takes none, or a plain text (`custom`)."""
    strict: bool | None = None
    """Whether the arguments must fit the schema."""
    custom: bool = False
    cache: Cache | None = None
    extra: Extra = {}
    form: Extra = {}
    """As for a part."""


class ToolChoice(Struct):
    """Whether tools are to be used; `one`: the one of this name."""

    mode: ToolMode
    name: str = ""
    extra: Extra = {}


class OutputForm(Struct, kw_only=True):
    """The form the answer is to have: any JSON, or JSON that fits a schema."""

    schema: Any = None
    """None: any JSON object will do."""
    name: str = ""
    description: str = ""
    strict: bool | None = None
    extra: Extra = {}


class Reasoning(Struct, kw_only=True):
    """How much the model is to think before it speaks."""

    enabled: bool | None = None
    """None: the model's own default."""
    effort: str = ""
    """`none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; empty if a budget says it, or nothing does."""
    budget: int | None = None
    """Tokens; -1 leaves it to the model."""
    shown: bool | None = None
    """Whether the caller wants to see thoughts, or a summary of them."""
    summary: str = ""
    """How the summary is to be: `auto`, `concise` or `detailed`."""
    extra: Extra = {}


class Conversation(Struct, kw_only=True):
    """The whole ask. None and empty mean: not said."""

    dialect: str
    """In which it was asked, and in which `extra` is to be understood."""
    model: str
    turns: list[Turn]
    streamed: bool = False
    counted: bool = False
    """The caller wants to see the usage at the end of a stream (OpenAI's chat tells it only then)."""
    tools: list[Tool | Opaque] = []
    tool_choice: ToolChoice | None = None
    parallel: bool | None = None
    """Whether several tools may be called at once."""
    output: OutputForm | None = None
    reasoning: Reasoning | None = None
    most_output: int | None = None
    """Most tokens of each answer, thoughts included."""
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: list[str] = []
    choices: int | None = None
    """How many answers."""
    logprobs: bool | None = None
    top_logprobs: int | None = None
    user: str = ""
    """The caller's own user, by an opaque name."""
    metadata: dict[str, Any] | None = None
    service_tier: str = ""
    cache_key: str = ""
    """Asks of the same key find the same prompt cache."""
    betas: list[str] = []
    """Features under trial that a header field asks for."""
    extra: Extra = {}
    form: Extra = {}
    """As for a part."""

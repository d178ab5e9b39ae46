"""Bedrock's InvokeModel: bodies are the model makers' own; Anthropic's are chats, all others go through as they are."""

from collections.abc import Set as AbstractSet

import msgspec
from msgspec import Raw, structs

from trigate.llm.chat_dialect import Passing
from trigate.llm.error import InvalidParameter
from trigate.llm.invoke_ask import FRAMES, InvokeAsk
from trigate.llm.invoke_passing import InvokePassing
from trigate.llm.member import Members, read_members, write_members
from trigate.llm.member_bound import MemberBound, Path, read_member_bound
from trigate.llm.operation import Address, Ask
from trigate.llm.operations import anthropic_messages
from trigate.llm.reply import Tally
from trigate.llm.task_operation import TaskOperation

VERSION, BETAS = "anthropic_version", "anthropic_beta"
BOUNDS: tuple[Path, ...] = (
    ("max_gen_len",),
    ("max_tokens",),
    ("max_new_tokens",),
    ("maxTokens",),
    ("max_completion_tokens",),
    ("textGenerationConfig", "maxTokenCount"),
    ("inferenceConfig", "maxTokens"),
    ("inferenceConfig", "max_new_tokens"),
)
"""Where makers' bodies bound the output."""
_TRUE = Raw(b"true")
_names = msgspec.json.Decoder(list[str]).decode


class BedrockInvoke(TaskOperation, kw_only=True):
    """`POST /model/MODEL/invoke` and `/model/MODEL/invoke-with-response-stream`."""

    name: str = "bedrock_invoke"
    action: str = "llm.invoke"
    dialect: str = "bedrock_converse"
    known: AbstractSet[str] = frozenset(each[0] for each in BOUNDS) | {VERSION, BETAS}
    stream_type: bytes = FRAMES
    remark: bytes = b""
    answers_at_length: bool = True
    counts_in_head: bool = True

    def decode(self, body: bytes, address: Address | None = None) -> Ask:
        """Understand an ask, by the form of its body; raises BadRequest."""
        address = address or Address(self)
        members = read_members(body, self.known)
        if VERSION not in members:
            return Ask(address, members, body)
        chat = {name: raw for name, raw in members.items() if name not in {VERSION, BETAS, "stream"}}
        if address.streamed:
            chat["stream"] = _TRUE  # which the path says to Bedrock, and to all others the body
        betas = _betas(members[BETAS]) if BETAS in members else b""
        meant = structs.replace(address, operation=anthropic_messages.OPERATION, carried=betas + address.common)
        said = write_members(chat)
        return InvokeAsk(meant, read_members(said, anthropic_messages.KNOWN), said)

    def output_bound(self, members: Members) -> MemberBound:
        """As the body says in its maker's words; raises InvalidParameter."""
        path = next((each for each in BOUNDS if _has(members, each)), None)
        return read_member_bound(members, path) if path is not None else _Unbounded(("max_tokens",), None)

    def read_tally(self, ask: Ask, body: bytes) -> Tally | None:
        """It stands in the head alone."""
        return None

    def spoken_in(self, body: bytes) -> int:
        """Where the head tells nothing, a token for four bytes."""
        return -(-len(body) // 4)

    def passing(self, ask: Ask, limit: int) -> Passing:
        """Frames as they are."""
        return InvokePassing(limit)


class _Unbounded(MemberBound, frozen=True):
    def lowered(self, members: Members, field: str, tokens: int) -> Members:
        """Nobody knows by which word."""
        raise InvalidParameter("the limits want a bound of the output in the body, such as `max_tokens`", "max_tokens")


def _has(members: Members, path: Path) -> bool:
    raw = members.get(path[0])
    if raw is None or len(path) == 1:
        return raw is not None
    return bytes(raw).find(b'"%b"' % path[1].encode()) >= 0


def _betas(raw: Raw) -> bytes:
    """The header field line that says the same; raises InvalidParameter."""
    try:
        names = _names(raw)
    except msgspec.DecodeError:
        raise InvalidParameter(f"`{BETAS}` must be a list of names", BETAS) from None
    if not all(each.isascii() and each.isprintable() and "," not in each for each in names):
        raise InvalidParameter(f"`{BETAS}` must be a list of names", BETAS)
    return b"anthropic-beta: %b\r\n" % ",".join(names).encode() if names else b""


OPERATION = BedrockInvoke()

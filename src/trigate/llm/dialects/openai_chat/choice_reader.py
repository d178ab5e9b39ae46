"""One choice of a stream, read piece by piece."""

from typing import Any, cast

import msgspec

from trigate.core.errors import UpstreamProtocolError
from trigate.llm.conversation import Audio, Image, Media, Part, Refusal, Text, Thought, ToolCall
from trigate.llm.dialects.openai_chat.chunk import AudioPiece, CallPiece, ChoiceDelta, ChoicePiece, FunctionPiece
from trigate.llm.dialects.openai_chat.citation import read_annotations
from trigate.llm.dialects.openai_chat.part_reader import read_part
from trigate.llm.dialects.openai_chat.reply_reader import stop_of
from trigate.llm.dialects.openai_chat.thought import read_details
from trigate.llm.dialects.openai_chat.turn_reader import google_signature
from trigate.llm.fresh import fresh_id
from trigate.llm.node import Node, blame_provider
from trigate.llm.reply import ChoiceEnd, Cite, Delta, Event, PartBegin, PartEnd, Signature, Stop
from trigate.llm.signature import read_carried


class ChoiceReader:
    """Turns pieces into parts, of which one is open at a time."""

    __slots__ = ("_called", "_calls", "_choice", "_key", "_met", "_open", "_parts", "_refused", "_signatures", "ended")

    def __init__(self, choice: int) -> None:
        self._choice = choice
        self._parts = 0
        self._open: Part | None = None
        self._key: Any = None
        """What else tells the open part from another of its kind."""
        self._calls: dict[int, str] = {}
        """`id` of each call, by its `index`."""
        self._signatures: dict[str, tuple[str, str]] = {}
        """Of calls that have not begun, by `id`."""
        self._called = False
        self._refused = False
        self._met = ""
        self.ended = False

    def read(self, piece: ChoicePiece, events: list[Event]) -> None:
        """Add the events of one piece."""
        if self.ended:
            return
        delta = piece.delta
        if delta is not None:
            self._read_delta(delta, piece.logprobs, events)
        if type(piece.stop_reason) is str:
            self._met = piece.stop_reason
        if piece.finish_reason:
            self.end(piece.finish_reason, events)

    def end(self, finish: str, events: list[Event]) -> None:
        """The choice is complete; `finish` may be empty."""
        if self.ended:
            return
        self._close(events)
        self.ended = True
        stop: Stop = (
            stop_of(finish, called=self._called, refused=self._refused)
            if finish
            else ("tool" if self._called else "other")
        )
        sequence = self._met if stop == "end" else ""
        events.append(ChoiceEnd(choice=self._choice, stop="sequence" if sequence else stop, sequence=sequence))

    def _read_delta(self, delta: ChoiceDelta, logprobs: Any, events: list[Event]) -> None:
        if delta.reasoning_details or delta.reasoning_content or delta.reasoning:
            self._read_thoughts(delta, events)
        content = delta.content
        if type(content) is str and (content or logprobs is not None):
            self._say(Text(text=""), content, events, logprobs)
        elif type(content) is list:
            self._read_list(cast("list[Any]", content), events)
        for each in delta.tool_calls or ():
            self._read_call(each, events)
        self._read_more(delta, events)

    def _read_more(self, delta: ChoiceDelta, events: list[Event]) -> None:
        """What is seldom there."""
        if delta.refusal:
            self._refused = True
            self._say(Refusal(text=""), delta.refusal, events)
        if delta.function_call is not None:
            self._read_function(delta.function_call, events)
        if delta.audio is not None:
            self._read_audio(delta.audio, events)
        if delta.annotations:
            self._read_citations(delta.annotations, events)
        for each in delta.images or ():
            part = read_part(Node(each, blame_provider))
            if isinstance(part, Image):
                self._whole(part, events)

    def _say(self, fresh: Part, text: str, events: list[Event], logprobs: Any = None, key: Any = None) -> None:
        """More of the open part, or of `fresh` if that is of another kind or has another key."""
        if type(self._open) is not type(fresh) or self._key != key:
            self._begin(fresh, events, key)
        events.append(Delta(index=self._parts - 1, text=text, choice=self._choice, logprobs=logprobs))

    def _begin(self, part: Part, events: list[Event], key: Any = None) -> None:
        self._close(events)
        self._open, self._key = part, key
        events.append(PartBegin(index=self._parts, part=part, choice=self._choice))
        self._parts += 1

    def _close(self, events: list[Event]) -> None:
        if self._open is not None:
            events.append(PartEnd(index=self._parts - 1, choice=self._choice))
            self._open = None

    def _whole(self, part: Part, events: list[Event]) -> None:
        self._begin(part, events)
        self._close(events)

    def _read_list(self, content: list[Any], events: list[Event]) -> None:
        """Content as Mistral's thinking models write it."""
        for each in content:
            node = Node(each, blame_provider)
            kind = node.need_text("type")
            if kind == "thinking":
                text = "".join(one.text("text") for one in node.nodes("thinking"))
                self._say(Thought(), text, events)
            elif kind == "text":
                self._say(Text(text=""), node.text("text"), events)

    def _read_thoughts(self, delta: ChoiceDelta, events: list[Event]) -> None:
        """Details tell more than a bare text, which is the same one if both are there."""
        nodes = [Node(each, blame_provider) for each in delta.reasoning_details or ()]
        details = [each for each in read_details(nodes) if isinstance(each, Thought)]
        if not any(each.text for each in details):
            text = delta.reasoning_content or delta.reasoning
            if type(text) is str and text:
                key = self._key if isinstance(self._open, Thought) else None
                self._say(Thought(), text, events, key=key)
        for each in details:
            self._read_detail(each, events)

    def _read_detail(self, thought: Thought, events: list[Event]) -> None:
        if thought.redacted and self._sign_call(thought, events):
            return
        key = (thought.form.get("index"), thought.id, thought.summarised)
        before = self._open
        goes_on = isinstance(before, Thought) and self._key in (None, key)
        if thought.redacted and not (isinstance(before, Thought) and thought.id and thought.id == before.id):
            self._whole(thought, events)
            return
        if thought.text:
            text, signature = thought.text, thought.signature
            fresh = Thought(summarised=thought.summarised, id=thought.id)
            self._say(fresh, text, events, key=self._key if goes_on else key)
        else:
            signature = thought.signature
        if signature:
            self._sign(signature, thought.maker, events, None if goes_on or thought.redacted else key)

    def _sign(self, signature: str, maker: str, events: list[Event], key: Any) -> None:
        if not isinstance(self._open, Thought):
            self._begin(Thought(), events, key)
        events.append(Signature(index=self._parts - 1, signature=signature, maker=maker, choice=self._choice))

    def _sign_call(self, thought: Thought, events: list[Event]) -> bool:
        """Signatures of calls come among the thoughts, before the call or while it is told."""
        before = self._open
        if thought.maker != "google" or not thought.id:
            return False
        if isinstance(before, ToolCall) and before.id == thought.id:
            self._sign_open(thought.signature, thought.maker, events)
        elif thought.id not in self._calls.values():
            self._signatures[thought.id] = thought.signature, thought.maker
        return True

    def _sign_open(self, signature: str, maker: str, events: list[Event]) -> None:
        events.append(Signature(index=self._parts - 1, signature=signature, maker=maker, choice=self._choice))

    def _read_call(self, piece: CallPiece, events: list[Event]) -> None:
        inner = piece.function or piece.custom or FunctionPiece()
        index = self._index(piece)
        if index not in self._calls or (piece.id and piece.id != self._calls[index]):
            self._begin_call(piece, inner, index, events)
        elif self._key != ("call", index):
            raise UpstreamProtocolError("the provider tells of several calls of tools at once")
        if written := google_signature(piece.extra_content):
            self._sign_open(*read_carried(written, "google"), events)
        self._argue(inner.input if piece.custom is not None else inner.arguments, events)

    def _index(self, piece: CallPiece) -> int:
        """Some servers leave it out; then a new `id` tells a new call."""
        if piece.index is not None:
            return piece.index
        known = list(self._calls)
        if piece.id is None or piece.id in self._calls.values():
            return known[-1] if known else 0
        return len(known)

    def _begin_call(self, piece: CallPiece, inner: FunctionPiece, index: int, events: list[Event]) -> None:
        if not inner.name:
            raise UpstreamProtocolError("the provider tells of a call of a tool without the tool's name")
        identifier = piece.id or fresh_id("call_")
        call = ToolCall(id=identifier, name=inner.name, arguments="", custom=piece.custom is not None)
        call.signature, call.maker = self._signatures.pop(identifier, ("", ""))
        self._called = True
        self._calls[index] = identifier
        self._begin(call, events, ("call", index))

    def _argue(self, arguments: Any, events: list[Event]) -> None:
        """More of the arguments of the open call; some servers write them as an object, whole."""
        text = msgspec.json.encode(arguments).decode() if type(arguments) is dict else arguments
        if type(text) is str and text:
            events.append(Delta(index=self._parts - 1, text=text, choice=self._choice))

    def _read_function(self, piece: FunctionPiece, events: list[Event]) -> None:
        """The older form of a call."""
        if piece.name and self._key != "function":
            self._called = True
            self._begin(ToolCall(id=fresh_id("call_"), name=piece.name, arguments=""), events, "function")
        if self._key == "function":
            self._argue(piece.arguments, events)

    def _read_audio(self, piece: AudioPiece, events: list[Event]) -> None:
        """Each piece of sound is whole in itself."""
        if piece.data or piece.transcript:
            media = Media(data=piece.data or "", mime="audio/pcm", file=piece.id or "")
            self._whole(Audio(media=media, transcript=piece.transcript or ""), events)

    def _read_citations(self, annotations: list[Any], events: list[Event]) -> None:
        if not isinstance(self._open, Text):
            self._begin(Text(text=""), events)
        for each in read_annotations(Node({"annotations": annotations}, blame_provider)):
            events.append(Cite(index=self._parts - 1, citation=each, choice=self._choice))

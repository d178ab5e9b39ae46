"""One server for models of every dialect: it judges what it is asked by the provider's own types, and answers torn."""

import importlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.journeys.models.answer import Answer
from trigate.core.parts import Data, Head
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming

MOST_BYTES = 8 * 2**20
PATHS = {
    "openai_chat": re.compile(rb"/v1/chat/completions"),
    "openai_responses": re.compile(rb"/v1/responses"),
    "anthropic_messages": re.compile(rb"/v1/messages"),
    "gemini_content": re.compile(rb"/v1(?:beta)?/models/[^/]+:(?:generate|(stream)Generate)Content"),
    "bedrock_converse": re.compile(rb"/model/[^/]+/converse(-stream)?"),
    "cohere_chat": re.compile(rb"/v2/chat"),
}
FORMS = {"bedrock_converse": b"application/vnd.amazon.eventstream"}
KEY = "provider-canary-0123456789"
PROVIDERS = {
    "openai_chat": "kind: openai, base_url: '{url}/v1', speaks: [openai_chat], quirks: [reasoning_details]",
    "openai_responses": "kind: openai, base_url: '{url}/v1', speaks: [openai_responses]",
    "anthropic_messages": "kind: anthropic, base_url: '{url}'",
    "gemini_content": "kind: gemini, base_url: '{url}/v1beta'",
    "bedrock_converse": "kind: bedrock, base_url: '{url}', region: eu-central-1",
    "cohere_chat": "kind: cohere, base_url: '{url}'",
}


@dataclass
class Asked:
    """What a model was asked."""

    dialect: str
    streamed: bool
    fields: dict[bytes, bytes]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """The body as JSON."""
        return json.dumps(self.body, ensure_ascii=False)


class Models:
    """Answers as `speak` says; without it, the `script` is played once."""

    def __init__(self, *, strict: bool = True) -> None:
        """`strict`: refuse what the provider would refuse."""
        self.speak: Callable[[Asked], Answer] | None = None
        self.script: list[Answer] = []
        self.asked: list[Asked] = []
        self.faults: list[str] = []
        """Why asks were refused."""
        self.pieces = Random(1)
        self.most = 40
        """Bytes of the largest piece of an answer."""
        self.remarks: Callable[[str], bytes] | None = None
        """What is said in a dialect between any two events."""
        self.strict = strict

    def play(self, script: list[Answer]) -> None:
        """Forget what was, and give these answers."""
        self.asked.clear()
        self.faults.clear()
        self.script = list(script)

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """Serve one request."""
        raw = await incoming.read(MOST_BYTES)
        found = _dialect(request.path)
        if found is None:
            sink.begin(Head(404, [(b"content-type", b"application/json")]))
            sink.finish(Data(json.dumps({"error": {"message": f"there is nothing at {request.path!r}"}}).encode()))
            return
        dialect, streamed = found
        body = json.loads(raw)
        asked = Asked(dialect, streamed or body.get("stream") is True, request.fields, body)
        self.asked.append(asked)
        try:
            if self.strict:
                importlib.import_module(f"tests.llm.wire.{dialect}").check_ask(json.loads(raw))
            answer = self.speak(asked) if self.speak is not None else self.script.pop(0)
        except Exception as error:
            self.faults.append(f"{dialect}: {type(error).__name__}: {error}\n{asked.text[:4000]}")
            sink.begin(Head(400, [(b"content-type", b"application/json")]))
            sink.finish(Data(json.dumps({"error": {"message": f"{error}"[:2000]}, "message": "refused"}).encode()))
            return
        await self._answer(asked, answer, sink)

    async def _answer(self, asked: Asked, answer: Answer, sink: Edge) -> None:
        model = importlib.import_module(f"tests.journeys.models.{asked.dialect}")
        if not asked.streamed:
            sink.begin(Head(200, [(b"content-type", b"application/json")]))
            sink.finish(Data(json.dumps(model.whole(answer), ensure_ascii=False).encode()))
            return
        sink.begin(Head(200, [(b"content-type", FORMS.get(asked.dialect, b"text/event-stream"))]))
        remark = self.remarks(asked.dialect) if self.remarks is not None else b""
        torn = list(self._tear(b"".join(remark + each for each in model.stream(answer))))
        for piece in torn[:-1]:
            await sink.send(Data(piece))
            sink.flush()
        sink.finish(Data(torn[-1]))

    def _tear(self, data: bytes) -> Iterator[bytes]:
        start = 0
        while start < len(data):
            size = self.pieces.randint(1, self.most)
            yield data[start : start + size]
            start += size


def providers(url: str) -> str:
    """The gateway's configuration for all of them: a model of each dialect's name at the provider `at_DIALECT`."""
    lines = [f"    at_{name}: {{ {form.format(url=url)}, api_key: {KEY} }}\n" for name, form in PROVIDERS.items()]
    models = [f"    {name}: {{ targets: at_{name}/made-up, price: {{ input: 1, output: 2 }} }}\n" for name in PROVIDERS]
    return f"llm:\n  providers:\n{''.join(lines)}  models:\n{''.join(models)}"


def _dialect(path: bytes) -> tuple[str, bool] | None:
    for name, pattern in PATHS.items():
        if found := pattern.fullmatch(path):
            return name, bool(found.groups() and found[1])
    return None

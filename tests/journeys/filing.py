"""A provider that keeps files and answers batches, in OpenAI's form and in Anthropic's; it knows what it was sent."""

import email.parser
import email.policy
import itertools
import json
import re
from typing import Any
from urllib.parse import unquote

from trigate.core.parts import Data, Head, Headers
from trigate.core.request import Peer, Request
from trigate.core.stream import Edge, Incoming

LIMIT = 2**26
JSON: Headers = [(b"content-type", b"application/json")]
_PATH = re.compile(r"/(openai/)?v1/(files|batches|messages/batches)(?:/([^/]+)(?:/(content|cancel|results))?)?")


class Filing:
    """One account: whoever has an identifier of it may use it."""

    def __init__(self) -> None:
        self._count = itertools.count(1)
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.requests: dict[str, list[Any]] = {}
        self.asked: list[str] = []
        self.url = ""

    async def __call__(self, request: Request, peer: Peer, incoming: Incoming, sink: Edge) -> None:
        """Do what is asked."""
        body = await incoming.read(LIMIT)
        path = unquote(request.path.decode())
        self.asked.append(f"{request.method.decode()} {path}")
        found = _PATH.fullmatch(path)
        if found is None:
            return self._say(sink, 404, {"error": {"message": "no such address", "type": "not_found_error"}})
        openai, place, id, part = bool(found[1]), found[2], found[3] or "", found[4] or ""
        if place == "files":
            self._file(sink, request, body, openai, id, part)
        else:
            self._batch(sink, request, body, openai, id, part)
        return None

    def _file(self, sink: Edge, request: Request, body: bytes, openai: bool, id: str, part: str) -> None:
        if request.method == b"POST":
            self._say(sink, 200, self._keep(request, body, openai))
        elif id not in self.files:
            self._say(sink, 404, {"error": {"message": f"No such File object: {id}", "type": "invalid_request_error"}})
        elif request.method == b"DELETE":
            del self.files[id]
            deleted = {"id": id, "object": "file", "deleted": True} if openai else {"id": id, "type": "file_deleted"}
            self._say(sink, 200, deleted)
        elif part == "content":
            sink.begin(Head(200, [(b"content-type", b"application/octet-stream")]))
            sink.finish(Data(self.contents[id]))
        else:
            self._say(sink, 200, self.files[id])

    def _keep(self, request: Request, body: bytes, openai: bool) -> dict[str, Any]:
        fields, (name, content) = parse_form(request.fields[b"content-type"], body)
        if openai:
            return self.add_file(name, content, fields["purpose"])
        assert request.fields[b"anthropic-beta"]
        id = f"file_{next(self._count):024d}"
        self.contents[id] = content
        self.files[id] = {
            "id": id, "type": "file", "filename": name, "mime_type": "text/plain", "size_bytes": len(content),
            "created_at": "2026-11-22T12:00:00Z", "downloadable": True,
        }  # fmt: skip
        return self.files[id]

    def add_file(self, name: str, content: bytes, purpose: str) -> dict[str, Any]:
        """A file in OpenAI's form."""
        id = f"file-{next(self._count):024d}"
        self.contents[id] = content
        self.files[id] = {
            "id": id, "object": "file", "bytes": len(content), "created_at": 1_760_000_000, "filename": name,
            "purpose": purpose, "status": "processed",
        }  # fmt: skip
        return self.files[id]

    def _batch(self, sink: Edge, request: Request, body: bytes, openai: bool, id: str, part: str) -> None:
        if request.method == b"POST" and not id:
            self._say(sink, 200, self._begin(json.loads(body)) if openai else self._begin_messages(json.loads(body)))
        elif id not in self.batches:
            self._say(sink, 404, {"error": {"message": f"No batch {id}", "type": "invalid_request_error"}})
        elif part == "results":
            sink.begin(Head(200, [(b"content-type", b"application/x-jsonl")]))
            sink.finish(Data(b"".join(map(message_line, self.requests[id]))))
        elif request.method == b"DELETE":
            del self.batches[id]
            self._say(sink, 200, {"id": id, "type": "message_batch_deleted"})
        else:
            self._say(sink, 200, self._advance(id, part, openai))

    def _begin(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["input_file_id"] in self.files
        id = f"batch_{next(self._count):024d}"
        self.batches[id] = {
            "id": id, "object": "batch", "endpoint": asked["endpoint"], "input_file_id": asked["input_file_id"],
            "completion_window": "24h", "status": "validating", "created_at": 1_760_000_000,
            "output_file_id": None, "error_file_id": None, "metadata": asked.get("metadata"),
        }  # fmt: skip
        return self.batches[id]

    def _begin_messages(self, asked: dict[str, Any]) -> dict[str, Any]:
        id = f"msgbatch_{next(self._count):024d}"
        self.requests[id] = asked["requests"]
        counts = dict.fromkeys(("canceled", "errored", "expired", "succeeded"), 0)
        self.batches[id] = {
            "id": id, "type": "message_batch", "processing_status": "in_progress", "results_url": None,
            "request_counts": {"processing": len(asked["requests"]), **counts},
            "created_at": "2026-11-22T12:00:00Z", "expires_at": "2026-11-23T12:00:00Z", "ended_at": None,
            "cancel_initiated_at": None, "archived_at": None,
        }  # fmt: skip
        return self.batches[id]

    def _advance(self, id: str, part: str, openai: bool) -> dict[str, Any]:
        """Every look brings a batch on."""
        batch = self.batches[id]
        if part == "cancel":
            batch["status" if openai else "processing_status"] = "cancelling" if openai else "canceling"
        elif not openai:
            batch |= {"processing_status": "ended", "results_url": f"{self.url}/v1/messages/batches/{id}/results"}
        elif batch["status"] == "validating":
            batch["status"] = "in_progress"
        elif batch["status"] == "in_progress":
            lines = self.contents[batch["input_file_id"]].splitlines()
            output = self.add_file("output.jsonl", b"".join(map(completion_line, lines)), "batch_output")
            batch |= {"status": "completed", "output_file_id": output["id"]}
        return batch

    def _say(self, sink: Edge, status: int, body: dict[str, Any]) -> None:
        sink.begin(Head(status, JSON))
        sink.finish(Data(json.dumps(body).encode()))


def parse_form(content_type: bytes, body: bytes) -> tuple[dict[str, str], tuple[str, bytes]]:
    """The texts and the file of a form, as Python's own parser of messages reads them."""
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(b"content-type: " + content_type + b"\r\n\r\n" + body)
    texts: dict[str, str] = {}
    file: tuple[str, bytes] = ("", b"")
    for part in message.iter_parts():  # type: ignore[attr-defined] - of messages that are read by this policy
        payload: Any = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        if part.get_filename() is None:
            texts[name] = payload.decode()
        else:
            file = (str(part.get_filename()), payload)
    return texts, file


def completion_line(line: bytes) -> bytes:
    """The answer to one ask: 100 tokens of input, 10 of output, by the model's dated name."""
    asked = json.loads(line)
    body = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": f"{asked['body']['model']}-2026-01-01",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }  # fmt: skip
    response = {"status_code": 200, "request_id": "r", "body": body}
    said = {"id": "l", "custom_id": asked["custom_id"], "response": response, "error": None}
    return json.dumps(said).encode() + b"\n"


def message_line(asked: dict[str, Any]) -> bytes:
    """The answer to one ask of Anthropic's."""
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": asked["params"]["model"], "content": [],
        "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 100, "output_tokens": 10},
    }  # fmt: skip
    result = {"type": "succeeded", "message": message}
    return json.dumps({"custom_id": asked["custom_id"], "result": result}).encode() + b"\n"

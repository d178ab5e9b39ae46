"""Amazon's SDK for Python, of which boto3 is a thin cover."""

import json
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from tests.journeys.sdks.case import FORM, LOOK_UP, PARAMETERS, PDF, PNG, Case, Told, result_of


def client(url: str, key: str) -> Any:
    """An SDK that proves itself by a bearer token and does not try again."""
    session = botocore.session.Session()
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    made = session.create_client("bedrock-runtime", region_name="eu-central-1", endpoint_url=url, config=config)

    def prove(request: Any, **_: Any) -> None:
        request.headers["Authorization"] = f"Bearer {key}"

    made.meta.events.register("before-send.bedrock-runtime.*", prove)
    return made


def converse(client: Any, model: str, case: Case, *, streamed: bool) -> list[Told]:
    """The whole conversation."""
    asked = _asked(model, case)
    told: list[Told] = []
    while len(told) < len(case.answers):
        message, stop, usage = (_streamed if streamed else _whole)(client, asked)
        told.append(_told(message, stop, usage))
        asked["messages"].append(message)
        calls = [each["toolUse"] for each in message["content"] if "toolUse" in each]
        results = [
            {"toolResult": {"toolUseId": each["toolUseId"], "content": [{"text": result_of(each["input"])}]}}
            for each in calls
        ]
        asked["messages"].append({"role": "user", "content": results})
    return told


def _asked(model: str, case: Case) -> dict[str, Any]:
    content: list[Any] = [{"text": case.words}]
    if case.image:
        content.append({"image": {"format": "png", "source": {"bytes": PNG}}})
    if case.pdf:
        content.append({"document": {"format": "pdf", "name": "page", "source": {"bytes": PDF}}})
    asked: dict[str, Any] = {"modelId": model, "messages": [{"role": "user", "content": content}]}
    asked["inferenceConfig"] = {"maxTokens": 2048}
    if case.system:
        asked["system"] = [{"text": case.system}]
    if case.tools:
        tool = {"name": "weather", "description": LOOK_UP, "inputSchema": {"json": PARAMETERS}}
        asked["toolConfig"] = {"tools": [{"toolSpec": tool}]}
    if case.thinks:
        asked["additionalModelRequestFields"] = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    if case.formed:
        schema = {"jsonSchema": {"schema": json.dumps(FORM), "name": "weather"}}
        asked["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": schema}}
    return asked


def _whole(client: Any, asked: dict[str, Any]) -> Any:
    answer = client.converse(**asked)
    return answer["output"]["message"], answer["stopReason"], answer["usage"]


def _streamed(client: Any, asked: dict[str, Any]) -> Any:
    blocks: dict[int, dict[str, Any]] = {}
    stop, usage = "", {}
    for event in client.converse_stream(**asked)["stream"]:
        ((kind, told),) = event.items()
        if kind == "contentBlockStart":
            blocks[told["contentBlockIndex"]] = {"toolUse": {**told["start"]["toolUse"], "input": ""}}
        elif kind == "contentBlockDelta":
            _add(blocks.setdefault(told["contentBlockIndex"], {}), told["delta"])
        elif kind == "messageStop":
            stop = told["stopReason"]
        elif kind == "metadata":
            usage = told["usage"]
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"])
    return {"role": "assistant", "content": [blocks[place] for place in sorted(blocks)]}, stop, usage


def _add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    elif "toolUse" in delta:
        block["toolUse"]["input"] += delta["toolUse"]["input"]
    elif "redactedContent" in delta["reasoningContent"]:
        block["reasoningContent"] = delta["reasoningContent"]
    else:
        thought = block.setdefault("reasoningContent", {}).setdefault("reasoningText", {"text": ""})
        for name, piece in delta["reasoningContent"].items():
            thought[name] = thought.get(name, "") + piece


def _told(message: dict[str, Any], stop: str, usage: dict[str, Any]) -> Told:
    content = message["content"]
    text = "".join(each.get("text", "") for each in content)
    thoughts = [each["reasoningContent"].get("reasoningText", {}).get("text", "")
                for each in content if "reasoningContent" in each]  # fmt: skip
    calls = [(each["toolUse"]["name"], each["toolUse"]["input"]) for each in content if "toolUse" in each]
    return Told(text, calls, "".join(thoughts), stop == "tool_use", usage["inputTokens"], usage["outputTokens"])

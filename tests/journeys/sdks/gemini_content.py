"""Google's Gen AI SDK for Python."""

from typing import Any

from google import genai
from google.genai import types

from tests.journeys.sdks.case import FORM, LOOK_UP, PARAMETERS, PDF, PNG, Case, Told, Weather, result_of


def client(url: str, key: str) -> genai.Client:
    """An SDK at the gateway's address."""
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url))


def converse(client: genai.Client, model: str, case: Case, *, streamed: bool) -> list[Told]:
    """The whole conversation."""
    contents, config = _contents(case), _config(case)
    told: list[Told] = []
    while len(told) < len(case.answers):
        found = _streamed if streamed else _whole
        content, usage = found(client, model, contents, config, case)
        told.append(_told(content, usage))
        contents.append(content)
        calls = [each.function_call for each in content.parts if each.function_call]
        results = [
            types.FunctionResponse(id=each.id, name=each.name, response={"output": result_of(each.args)})
            for each in calls
        ]
        contents.append(types.Content(role="user", parts=[types.Part(function_response=each) for each in results]))
    return told


def _contents(case: Case) -> list[types.Content]:
    parts = [types.Part(text=case.words)]
    if case.image:
        parts.append(types.Part.from_bytes(data=PNG, mime_type="image/png"))
    if case.pdf:
        parts.append(types.Part.from_bytes(data=PDF, mime_type="application/pdf"))
    return [types.Content(role="user", parts=parts)]


def _config(case: Case) -> types.GenerateContentConfig:
    config = types.GenerateContentConfig(
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    if case.system:
        config.system_instruction = case.system
    if case.tools:
        tool = types.FunctionDeclaration(name="weather", description=LOOK_UP, parameters_json_schema=PARAMETERS)
        config.tools = [types.Tool(function_declarations=[tool])]
    if case.thinks:
        config.thinking_config = types.ThinkingConfig(include_thoughts=True, thinking_budget=1024)
    if case.formed:
        config.response_mime_type, config.response_json_schema = "application/json", FORM
    return config


def _whole(client: genai.Client, model: str, contents: Any, config: Any, case: Case) -> Any:
    answer = client.models.generate_content(model=model, contents=contents, config=config)
    if case.formed:
        assert Weather.model_validate(answer.parsed) == Weather(town="Brno", degrees=21)
    return answer.candidates[0].content, answer.usage_metadata  # type: ignore[index]


def _streamed(client: genai.Client, model: str, contents: Any, config: Any, case: Case) -> Any:
    content, usage = types.Content(role="model", parts=[]), None
    for chunk in client.models.generate_content_stream(model=model, contents=contents, config=config):
        usage = chunk.usage_metadata or usage
        for candidate in chunk.candidates or []:
            content.parts += candidate.content.parts or [] if candidate.content else []  # type: ignore[operator]
    return content, usage


def _told(content: types.Content, usage: Any) -> Told:
    parts = content.parts or []
    text = "".join(each.text or "" for each in parts if not each.thought)
    thought = "".join(each.text or "" for each in parts if each.thought)
    calls = [(each.function_call.name or "", each.function_call.args) for each in parts if each.function_call]
    output = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return Told(text, calls, thought, bool(calls), usage.prompt_token_count, output)

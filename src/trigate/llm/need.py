"""What an ask wants of a model beside words: read from its members without understanding them."""

import re

from trigate.llm.operation import Ask

_TURNS = ("messages", "input", "contents")
_IMAGE = re.compile(rb'"(?:image_url|input_image)"|"type"\s*:\s*"image"|"image"\s*:\s*\{|"image/')
_AUDIO = re.compile(rb'"(?:input_audio)"|"audio"\s*:\s*\{|"audio/')
_VIDEO = re.compile(rb'"(?:video_url|input_video)"|"video"\s*:\s*\{|"video/')
_FILE = re.compile(rb'"(?:input_file)"|"type"\s*:\s*"(?:file|document)"|"document"\s*:\s*\{|"application/pdf"')
_MARKS = {"vision": _IMAGE, "audio_input": _AUDIO, "video_input": _VIDEO, "file_input": _FILE}
_SCHEMA = re.compile(rb'"(?:json_schema|responseSchema|responseJsonSchema|response_schema)"')
_SCHEMAS = ("response_format", "text", "output_format", "output_config", "generationConfig", "generation_config")
_TOOLS = ("tools", "functions", "toolConfig")
_EFFORTS = ("reasoning_effort", "reasoning", "thinking")
_NO_EFFORT = re.compile(rb'"(?:none|disabled)"')
_EMPTY = frozenset({b"null", b"[]", b"{}"})


def needs_of(ask: Ask) -> frozenset[str]:
    """Capabilities, by their names in the catalogue, that a target must have to do all that is asked for."""
    members = ask.members
    found = set[str]()
    for name in _TURNS:
        raw = members.get(name)
        if raw is not None:
            found.update(need for need, mark in _MARKS.items() if mark.search(raw))
    if any(bytes(members[name]) not in _EMPTY for name in _TOOLS if name in members):
        found.add("tools")
    if any(_SCHEMA.search(members[name]) for name in _SCHEMAS if name in members):
        found.add("structured_output")
    for name in _EFFORTS:
        raw = members.get(name)
        if raw is not None and bytes(raw) not in _EMPTY and not _NO_EFFORT.search(raw):
            found.add("reasoning")
    return frozenset(found)

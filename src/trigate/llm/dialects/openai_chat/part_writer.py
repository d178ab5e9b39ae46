"""The parts of a message's content, written."""

from typing import Any

from trigate.llm.conversation import Audio, File, Image, Media, Opaque, Part, Refusal, Text, Tool, Video
from trigate.llm.dialects.openai_chat.draft import Draft
from trigate.llm.dialects.openai_chat.word import KIN, audio_format

Written = dict[str, Any]


def write_part(draft: Draft, part: Part) -> Written | None:
    """One part; None if the target has nothing like it."""
    written = _write(draft, part)
    if written is not None:
        write_cache(draft, "part", part, written)
        written = merge(written, draft.kept("part", _left(draft, part)))
    return written


def _left(draft: Draft, part: Part) -> Written:
    """A mark of OpenAI's other dialect is written whole."""
    if draft.conversation.dialect != KIN:
        return part.extra
    return {name: value for name, value in part.extra.items() if not name.startswith(_BREAKPOINT)}


def merge(written: Written, extra: Written) -> Written:
    """With members that were left over, also in objects inside of it."""
    for name, value in extra.items():
        inner = written.get(name)
        if type(inner) is dict and type(value) is dict:
            written[name] = {**inner, **value}
        else:
            written[name] = value
    return written


def write_cache(draft: Draft, member: str, marked: Part | Tool, written: Written) -> None:
    """The mark of what may be cached, where the target knows such marks."""
    if marked.cache is None:
        return
    if draft.own:
        written.update({name: marked.form[name] for name in _MARKS if name in marked.form})
    elif draft.conversation.dialect == KIN and _BREAKPOINT in marked.form:
        written[_BREAKPOINT] = marked.form[_BREAKPOINT]
    elif "cache_control" in draft.manners.quirks:
        written["cache_control"] = {"type": "ephemeral", **({"ttl": marked.cache.ttl} if marked.cache.ttl else {})}
    elif "prompt_cache_breakpoint" in draft.manners.quirks:
        written["prompt_cache_breakpoint"] = {"mode": "explicit"}
    else:
        draft.drop(member, "cache", "the provider is not told what to cache")


_BREAKPOINT = "prompt_cache_breakpoint"
_MARKS = ("cache_control", _BREAKPOINT)


def data_url(media: Media, mime: str = "application/octet-stream") -> str:
    """An address that holds the bytes themselves, or tells where they are."""
    return f"data:{media.mime or mime};base64,{media.data}" if media.data else media.url


def _write(draft: Draft, part: Part) -> Written | None:  # noqa: PLR0911 - one for each kind
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Refusal():
            return {"type": "refusal", "refusal": part.text}
        case Image():
            return _write_image(draft, part)
        case Audio():
            return _write_audio(draft, part)
        case File():
            return _write_file(draft, part)
        case Video():
            return _write_video(draft, part)
        case Opaque() if draft.own:
            return part.value
        case Opaque():
            draft.drop("part", part.kind)
        case _:
            draft.drop("part", type(part).__name__.lower())
    return None


def _write_image(draft: Draft, image: Image) -> Written | None:
    url = data_url(image.media, "image/png")
    if not url and not draft.own:
        draft.drop("part", "image", "the image is kept at another provider")
        return None
    inner = {"url": url}
    if image.detail:
        inner["detail"] = image.detail
    return {"type": "image_url", "image_url": inner}


def _write_video(draft: Draft, video: Video) -> Written | None:
    url = data_url(video.media, "video/mp4")
    if not url or not draft.allows("video"):
        draft.drop("part", "video")
        return None
    return {"type": "video_url", "video_url": {"url": url}}


def _write_audio(draft: Draft, audio: Audio) -> Written | None:
    if not audio.media.data and not draft.own:
        draft.drop("part", "audio", "audio is sent in place alone")
        return None
    inner = {"data": audio.media.data}
    if audio.media.mime:
        known = audio_format(audio.media.mime)
        inner["format"] = audio.form.get("format", known) if draft.own else known
    return {"type": "input_audio", "input_audio": inner}


def _write_file(draft: Draft, file: File) -> Written | None:
    if file.context:
        draft.drop("part", "context")
    if file.cited is not None:
        draft.drop("part", "citations")
    if file.text:
        draft.degrade("part", "a text", "document")
        return {"type": "text", "text": file.text}
    if not draft.own and not _reaches(draft, file):
        return None
    return {"type": "file", "file": _file(draft, file)}


def _reaches(draft: Draft, file: File) -> bool:
    """Whether the target can get hold of a file that another dialect tells of."""
    if file.media.data or (file.media.url and "file_url" in draft.manners.quirks):
        return True
    if file.media.file and draft.conversation.dialect == "openai_responses":
        return True
    draft.drop("part", "document", "files are sent in place alone")
    return False


def _file(draft: Draft, file: File) -> Written:
    inner: Written = {}
    if file.form.get("bare"):
        inner["file_data"] = file.media.data
    elif file.media.data or file.media.url:
        inner["file_data"] = data_url(file.media)
    if file.name or (inner and not draft.own):
        inner["filename"] = _file_name(draft, file)
    if file.media.file:
        inner["file_id"] = file.media.file
    return inner


def _file_name(draft: Draft, file: File) -> str:
    """With the ending by which OpenAI knows what a file is."""
    name = file.name or "document"
    return f"{name}.pdf" if file.media.mime == "application/pdf" and "." not in name and not draft.own else name

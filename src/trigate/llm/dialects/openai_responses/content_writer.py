"""Pieces of messages and of tools' results, written for Responses."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from trigate.llm.conversation import Audio, File, Image, Opaque, Part, Refusal, Text, Video
from trigate.llm.dialects.openai_responses.annotation import write_annotation
from trigate.llm.dialects.openai_responses.cache_mark import MEMBER, write_mark
from trigate.llm.dialects.openai_responses.content_reader import INSIDE, NAME
from trigate.llm.dialects.openai_responses.data_url import encode_text, write_address
from trigate.llm.dialects.openai_responses.nesting import put_back
from trigate.llm.loss import Losses
from trigate.llm.word import word

Piece = dict[str, Any]
MARKS = "prompt_cache_breakpoints"
"""The quirk of a target that knows marks of the prompt cache; others refuse them, and cache by themselves."""
_SOUNDS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


class ContentWriter:
    """Writes the pieces of one ask."""

    __slots__ = ("_dialect", "_home", "_losses", "_marks")

    def __init__(self, dialect: str, losses: Losses, quirks: frozenset[str] = frozenset()) -> None:
        """`dialect` is the caller's."""
        self._dialect = dialect
        self._home = dialect == NAME
        self._losses = losses
        self._marks = MARKS in quirks

    def pieces(self, parts: Sequence[Part], *, spoken: bool = False, path: str = "part") -> list[Piece]:
        """All pieces that can be said; `spoken` by the model."""
        return [piece for each in parts if (piece := self.piece(each, spoken=spoken, path=path)) is not None]

    def piece(self, part: Part, *, spoken: bool = False, path: str = "part") -> Piece | None:
        """One piece; None, and reported, if it cannot be said."""
        writer = _WRITERS.get(type(part))
        if writer is None:
            self.drop(path, type(part).__name__.lower())
            return None
        piece = writer(self, part, spoken, path)
        if piece is None or isinstance(part, Opaque):
            return piece
        return self._complete(piece, part, path)

    def drop(self, path: str, below: str = "", why: str = "") -> None:
        """Report what is left out."""
        self._losses.drop(word(self._dialect, path, below), why)

    def degrade(self, path: str, below: str, why: str) -> None:
        """Report what is said in another way."""
        self._losses.degrade(word(self._dialect, path, below), why)

    def leftovers(self, path: str, extra: dict[str, Any]) -> None:
        """Report members that only the caller's dialect knows."""
        self._losses.drop_extra(word(self._dialect, path), extra)

    def _complete(self, piece: Piece, part: Part, path: str) -> Piece:
        if self._home:
            piece["type"] = part.form.get("type", piece["type"])
            if part.cache is not None:
                piece[MEMBER] = part.form.get(MEMBER) or write_mark(part.cache)
            put_back(piece, part.extra, without=(f"{MEMBER}.ttl",) if part.cache is not None else ())
            return piece
        self.leftovers(path, part.extra)
        if part.cache is not None:
            self._mark(piece, part, path)
        return piece

    def _mark(self, piece: Piece, part: Part, path: str) -> None:
        if part.cache is None or not self._marks or not piece["type"].startswith("input_"):
            self.degrade(path, "cache", "what the provider caches by itself")
            return
        piece[MEMBER] = write_mark(part.cache)
        if part.cache.ttl:
            self.degrade(path, "cache", f"{part.cache.ttl} became {piece[MEMBER]['ttl']}")

    def _text(self, part: Text, spoken: bool, path: str) -> Piece:
        piece: Piece = {"type": "output_text" if spoken else "input_text", "text": part.text}
        if part.citations and not spoken and not self._home:
            self.drop(path, "citations")
        elif part.citations or spoken or "annotations" in part.form:
            piece["annotations"] = self._notes(part)
        if self._home and "annotations" not in part.form and not part.citations:
            piece.pop("annotations", None)
        if "logprobs" in part.form and self._home:
            piece["logprobs"] = part.form["logprobs"]
        return piece

    def _notes(self, part: Text) -> list[Piece]:
        if not self._home:
            for each in part.citations:
                self._losses.drop_extra(word(self._dialect, "part", "citations"), each.extra)
                if each.quote:
                    self.drop("part", "citations.cited_text")
        return [write_annotation(each, len(part.text), home=self._home) for each in part.citations]

    def _refusal(self, part: Refusal, spoken: bool, path: str) -> Piece:
        return {"type": "refusal", "refusal": part.text}

    def _image(self, part: Image, spoken: bool, path: str) -> Piece | None:
        if spoken and not self._home:
            return self.drop(path, "image", "a model's turn holds none here")
        piece: Piece = {"type": "input_image"}
        if part.media.url or part.media.data:
            piece["image_url"] = write_address(part.media, "image/png")
        if part.media.file:
            if not self._home and not self._dialect.startswith("openai"):
                return self.drop(path, "file_id", "a file of another provider")
            piece["file_id"] = part.media.file
        if part.detail or not self._home:
            piece["detail"] = part.detail or "auto"
        return piece

    def _file(self, part: File, spoken: bool, path: str) -> Piece | None:
        piece: Piece = {"type": "input_file"}
        media, name = part.media, part.name
        if part.text and not media.data:
            media, name = encode_text(part.text), name or "document.txt"
        if media.data:
            piece["file_data"] = media.data if part.form.get("bare") else write_address(media, "application/pdf")
            name = name if name or self._home else "document.pdf"
        if media.url:
            piece["file_url"] = media.url
        if media.file:
            if not self._home and not self._dialect.startswith("openai"):
                return self.drop(path, "file_id", "a file of another provider")
            piece["file_id"] = media.file
        if name and not (media.file and not self._home):
            piece["filename"] = name
        if part.context:
            self.drop(path, "context")
        if part.cited:
            self.drop(path, "citations")
        return piece

    def _audio(self, part: Audio, spoken: bool, path: str) -> Piece | None:
        kind = part.form.get("format") or _SOUNDS.get(part.media.mime)
        if not part.media.data or kind is None:
            return self.drop(path, "audio")
        return {"type": "input_audio", "input_audio": {"data": part.media.data, "format": kind}}

    def _video(self, part: Video, spoken: bool, path: str) -> None:
        self.drop(path, "video")

    def _opaque(self, part: Opaque, spoken: bool, path: str) -> Piece | None:
        if part.dialect == NAME and INSIDE in part.form:
            return cast("Piece", part.value)
        return self.drop(path, part.kind)


_WRITERS: dict[type[Part], Callable[[ContentWriter, Any, bool, str], Piece | None]] = {
    Text: ContentWriter._text,  # pyright: ignore[reportPrivateUsage]
    Refusal: ContentWriter._refusal,  # pyright: ignore[reportPrivateUsage]
    Image: ContentWriter._image,  # pyright: ignore[reportPrivateUsage]
    File: ContentWriter._file,  # pyright: ignore[reportPrivateUsage]
    Audio: ContentWriter._audio,  # pyright: ignore[reportPrivateUsage]
    Video: ContentWriter._video,  # pyright: ignore[reportPrivateUsage]
    Opaque: ContentWriter._opaque,  # pyright: ignore[reportPrivateUsage]
}

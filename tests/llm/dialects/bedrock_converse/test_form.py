"""Forms of media."""

import botocore.session
import pytest

from trigate.llm.dialects.bedrock_converse.form import read_form, write_form

KINDS = {"image": "ImageFormat", "document": "DocumentFormat", "video": "VideoFormat", "audio": "AudioFormat"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_that_is_written_is_amazons(kind: str):
    service = botocore.session.get_session().get_service_model("bedrock-runtime")
    known: list[str] = service.shape_for(KINDS[kind]).enum  # pyright: ignore[reportAttributeAccessIssue]
    written = {write_form(kind, read_form(kind, each)) for each in known} - {""}
    assert written <= set(known)
    assert len(written) >= 4


@pytest.mark.parametrize(
    ("kind", "mime", "form"),
    [
        ("image", "image/jpg", "jpeg"),
        ("image", "image/heic", ""),
        ("document", "text/x-python", "txt"),
        ("document", "text/csv; charset=utf-8", "csv"),
        ("document", "application/zip", ""),
        ("audio", "audio/x-wav", "wav"),
    ],
)
def test_a_media_type_has_a_form_or_none(kind: str, mime: str, form: str):
    assert write_form(kind, mime) == form

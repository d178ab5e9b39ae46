"""What is filled into a page is text."""

from trigate.portal.sheet import Html, fill, join, listed, show, tell

NASTY = "<script>alert(1)</script>\"' onload=x"


def test_texts_are_escaped_and_html_is_not_escaped_twice():
    filled = fill("message", title=NASTY, message=Html("<b>"))
    assert "<script>" not in filled
    assert "&quot;" in filled
    assert "<b>" in filled


def test_lists_hold_texts():
    assert listed([NASTY]).count("<li>") == 1
    assert "<script>" not in join([listed([NASTY])])


def test_a_page_can_lead_on_without_a_redirect():
    body = show("Title", Html(""), onward='/x?"><script>').body.decode()
    assert 'content="0; url=/x?&quot;&gt;&lt;script&gt;"' in body
    assert "refresh" not in tell("Title", "words").body.decode()

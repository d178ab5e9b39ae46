"""The pages people read: HTML with gaps, in which whatever is filled in is text and nothing else."""

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from trigate.core.parts import Headers
from trigate.portal.reply import sheet
from trigate.portal.visit import Answer


class Html(str):
    """A text that is HTML already; made by `fill` alone."""

    __slots__ = ()


def fill(name: str, /, **gaps: "str | Html") -> Html:
    """The file `sheets/NAME.html` with its gaps filled; every text is escaped."""
    escaped = {gap: text if isinstance(text, Html) else escape(text, quote=True) for gap, text in gaps.items()}
    return Html(_template(name).substitute(escaped))


def join(parts: "list[Html]") -> Html:
    """One after the other."""
    return Html("\n".join(parts))


def listed(texts: "tuple[str, ...] | list[str]") -> Html:
    """A list of texts."""
    return Html("".join(("<ul>", *(f"<li>{escape(each)}</li>" for each in texts), "</ul>")))


def show(
    title: str, body: Html, status: int = 200, headers: Headers | None = None, forms: str = "", onward: str = ""
) -> Answer:
    """A whole page; `forms` is where its forms may lead beside here, `onward` where a browser goes by itself."""
    head = Html(f'<meta http-equiv="refresh" content="0; url={escape(onward)}">\n') if onward else Html("")
    return sheet(fill("frame", title=title, head=head, body=body), status, headers, forms)


def tell(title: str, message: str, status: int = 200, headers: Headers | None = None) -> Answer:
    """A page that says one thing."""
    return show(title, fill("message", title=title, message=message), status, headers)


@cache
def _template(name: str) -> Template:
    return Template((files("trigate.portal") / "sheets" / f"{name}.html").read_text(encoding="utf-8"))

"""Small files and small functions: what grows past the limit is two things."""

from tests.house.sources import functions, place, sources

FILE_LINES = 400
FUNCTION_LINES = 60


def test_no_source_file_is_longer_than_400_lines():
    lengths = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_60_lines():
    long = [
        f"{place(path, function)} {function.name}"
        for path in sources()
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES
    ]
    assert long == []

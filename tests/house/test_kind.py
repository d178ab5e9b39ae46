"""One kind, one file, one name: the file, the class and the YAML word are the same."""

from pathlib import Path

from tests.house.sources import classes, place, sources


def singular(folder: str) -> str:
    if folder.endswith("xes"):
        return folder.removesuffix("es")
    return f"{folder[:-3]}y" if folder.endswith("ies") else folder.removesuffix("s")


def kind_folders() -> list[Path]:
    """Plural folders beside the singular file that holds their contract."""
    folders = {path.parent for path in sources() if path.name == "__init__.py"}
    return sorted(folder for folder in folders if (folder.parent / f"{singular(folder.name)}.py").is_file())


def kind_files() -> list[Path]:
    return [path for folder in kind_folders() for path in folder.glob("*.py") if path.name != "__init__.py"]


def test_a_kind_file_defines_one_public_class_named_like_the_file():
    wrong = {place(path): public_classes(path) for path in kind_files() if not is_named_like_its_file(path)}
    assert wrong == {}


def public_classes(path: Path) -> list[str]:
    return [each.name for each in classes(path) if not each.name.startswith("_")]


def is_named_like_its_file(path: Path) -> bool:
    return [name.lower() for name in public_classes(path)] == [path.stem.replace("_", "")]


def test_the_built_in_kinds_are_found():
    assert {f"{path.parent.name}/{path.name}" for path in kind_files()} >= {"authenticators/api_key.py"}

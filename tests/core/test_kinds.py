"""How a kind is found."""

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from trigate.core import kinds
from trigate.core.settings import Kind
from trigate.llm.strategy import Strategy
from trigate.policy.authenticator import Authenticator
from trigate.policy.authenticators.api_key import ApiKey

GROUP = "trigate.policy.authenticators"


def _offer(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    entry = EntryPoint(name, "trigate.policy.authenticators.api_key:ApiKey", GROUP)
    monkeypatch.setattr(kinds, "offered", lambda group: (entry,) if group == GROUP else ())


def test_a_kind_is_found_by_its_file_name() -> None:
    assert kinds.find(Authenticator, "api_key") is ApiKey
    assert kinds.name_of(ApiKey) == "api_key"


def test_all_kinds_can_be_listed() -> None:
    assert {"api_key", "anonymous"} <= set(kinds.names(Authenticator))


@pytest.mark.parametrize("name", ["nonsense", "../api_key", "api_key.x", ""])
def test_an_unknown_kind_is_refused_without_importing_anything(name: str) -> None:
    with pytest.raises(LookupError, match="there is no kind"):
        kinds.find(Authenticator, name)


def test_another_package_may_add_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    _offer(monkeypatch, "acme")
    assert kinds.find(Authenticator, "acme") is ApiKey
    assert "acme" in kinds.names(Authenticator)


def test_a_plugin_that_takes_a_built_in_name_is_refused_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    _offer(monkeypatch, "api_key")
    with pytest.raises(LookupError, match="more than once"):
        kinds.find(Authenticator, "api_key")


def test_every_contract_has_a_folder_named_in_the_plural() -> None:
    assert kinds.folder(Authenticator) == GROUP
    assert issubclass(Authenticator, Kind)
    assert kinds.folder(Strategy) == "trigate.llm.strategies"


def test_a_contract_may_have_kinds_that_are_made_of_data() -> None:
    class Made(Kind, frozen=True):
        """A contract."""

        @classmethod
        def listed(cls) -> tuple[str, ...]:
            return ("one", "wrong")

        @classmethod
        def make(cls, name: str) -> type[Kind]:
            return One if name == "one" else ApiKey

    class One(Made):
        """One."""

    Made.__module__ = "trigate.policy.authenticator"
    assert kinds.find(Made, "one") is One
    assert kinds.every(Made) == [*kinds.names(Made), "one", "wrong"]
    with pytest.raises(LookupError, match="no Made"):
        kinds.find(Made, "wrong")
    assert Authenticator.listed() == ()
    with pytest.raises(LookupError):
        Authenticator.make("one")


def test_whether_anything_is_offered_is_known_without_reading_every_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds._is_any_offered.cache_clear()
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert not kinds._is_any_offered()
    kinds._is_any_offered.cache_clear()
    place = tmp_path / "acme-1.dist-info"
    place.mkdir()
    (place / "entry_points.txt").write_text(f"[console_scripts]\nacme = acme:main\n\n[{GROUP}]\nacme = acme:Acme\n")
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1\n")
    assert kinds._is_any_offered()
    kinds.offered.cache_clear()
    assert [each.name for each in kinds.offered(GROUP)] == ["acme"]
    kinds._is_any_offered.cache_clear()
    kinds.offered.cache_clear()

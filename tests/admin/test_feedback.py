"""Feedback through the admin API."""

from pathlib import Path

import pytest

from tests.admin.office import office
from tests.admin.test_usage import ACME, used
from trigate.core.clock import clock
from trigate.core.errors import BadRequest
from trigate.store.feedback import write_opinions
from trigate.store.opinion import MILLION, Opinion
from trigate.store.settings import StoreSettings
from trigate.store.store import Store


def say(folder: Path) -> None:
    """One word by each team."""
    store = Store(StoreSettings(directory=str(folder)))
    with store.writing() as connection:
        write_opinions(
            connection,
            [
                Opinion(
                    request=request,
                    time=clock.wall_ns(),
                    key="k",
                    team=f"{name}-team",
                    organisation=name,
                    score=score * MILLION,
                    comment="=1+1",
                )
                for request, name, score in (("c1", "acme", 1), ("c3", "umbrella", 3))
            ],
        )
    store.close()


async def test_opinions_are_listed_and_summed(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        used(tmp_path)
        say(tmp_path)
        assert len(await desk.ask("GET", "/v1/feedback")) == 2
        (only,) = await desk.ask("GET", "/v1/feedback", request="c3")
        assert (only["score"], only["model"], only["comment"]) == (3, "gpt", "=1+1")
        (total,) = await desk.ask("GET", "/v1/feedback/sums", by="model")
        assert (total["model"], total["opinions"], total["sum"]) == ("gpt", 2, 4 * MILLION)


async def test_an_operator_of_one_organisation_hears_its_own(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        used(tmp_path)
        say(tmp_path)
        (own,) = await desk.ask("GET", "/v1/feedback", None, ACME)
        assert own["organisation"] == "acme"
        (total,) = await desk.ask("GET", "/v1/feedback/sums", None, ACME)
        assert total["opinions"] == 1


async def test_words_that_nothing_is_asked_by_are_refused(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        for query in ({"by": "x"}, {"comment": "x"}):
            with pytest.raises(BadRequest):
                await desk.ask("GET", "/v1/feedback/sums", **query)

"""A provider made ready."""

from typing import Any

from tests.llm.scene import KEY, FakeClient
from trigate.core.deadlines import Deadlines
from trigate.core.ids import Ids
from trigate.core.settings import Secret
from trigate.core.surroundings import Surroundings
from trigate.llm.health import HealthSettings
from trigate.llm.providers.openai import OpenAI
from trigate.llm.site import Site
from trigate.process.keep import LivingThings


def around(things: LivingThings | None = None) -> Surroundings:
    nothing: Any = None
    keep = (things or LivingThings()).begin()
    return Surroundings(nothing, Deadlines(), keep, nothing, nothing, Ids())


def test_a_site_has_everything_that_never_changes():
    client: Any = FakeClient([])
    provider = OpenAI(api_key=Secret(KEY), project="project-1")
    site = Site("openai", provider, client, around())
    assert site.endpoint.url == "https://api.openai.com/v1"
    assert site.endpoint.options["timeouts"] is provider.timeouts  # type: ignore[attr-defined]
    assert f"authorization: Bearer {KEY}\r\n".encode() in site.fields.lines
    assert set(site.secrets) == {KEY.encode(), b"project-1"}


def test_what_the_credential_hides_at_the_moment_is_hidden_too():
    client: Any = FakeClient([])
    site = Site("openai", OpenAI(project="project-1"), client, around())
    site.endpoint.secrets = lambda: (b"token-2",)
    assert site.secrets == (b"project-1", b"token-2")


def test_the_health_of_a_provider_outlives_a_reload_that_leaves_it_alone():
    client: Any = FakeClient([])
    things = LivingThings()

    def site(**changes: Any) -> Site:
        keep = things.begin()
        nothing: Any = None
        made = Site(
            "openai", OpenAI(**changes), client, Surroundings(nothing, Deadlines(), keep, nothing, nothing, Ids())
        )
        things.commit(keep)
        return made

    first = site().vitals
    assert site(project="other").vitals is first
    assert site(base_url="http://127.0.0.1:9").vitals is not first
    assert site(health=HealthSettings(failures=1)).vitals is not first

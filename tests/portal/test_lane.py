"""The worker's side of public pages: anonymous, counted, recorded, and nothing but the list."""

import pytest

from tests.portal.stage import URL, Portal
from trigate.core.bus import BusStream, Service
from trigate.policy.access import Access
from trigate.policy.rule import Rule
from trigate.portal.host import PortalHost
from trigate.portal.pages.protected_resource import ProtectedResource
from trigate.portal.resource import Resource, Resources
from trigate.portal.visit import Visit, read_visit

PLACE = "/.well-known/oauth-protected-resource"


def service() -> Service:
    known = [Resource("/mcp", issuers=("https://idp.example",))]
    return PortalHost({"protected_resource": ProtectedResource(Resources(URL, known))}).serve


async def test_a_page_is_served_to_anybody_and_recorded():
    portal = Portal(service())
    answer = await portal.visit("GET", PLACE)
    assert (answer.status, answer.json["resource"]) == (200, f"{URL}/mcp")
    (record,) = portal.spool.records
    assert (record["lane"], record["route"], record["key"]) == ("portal", "portal/protected_resource", "visitor")
    assert (record["action"], record["resource"]) == ("portal.open", "page/protected_resource")


async def test_rules_for_callers_do_not_close_the_pages_unless_they_deny_everybody_everything():
    allowing = Access([Rule(team="a", allow=("mcp.*",))])
    assert (await Portal(service(), allowing).visit("GET", PLACE)).status == 200
    denying = Access([Rule(deny=("*",))])
    assert (await Portal(service(), denying).visit("GET", PLACE)).status == 403


async def test_whoever_comes_too_often_is_sent_away_alone():
    portal = Portal(service(), visits=2)
    seen = [(await portal.visit("GET", PLACE)).status for _ in range(3)]
    assert seen == [200, 200, 429]
    assert (await portal.visit("GET", PLACE, address="192.0.2.2")).status == 200


@pytest.mark.parametrize(("method", "status"), [("POST", 405), ("DELETE", 405), ("OPTIONS", 204)])
async def test_other_methods_are_refused(method: str, status: int):
    answer = await Portal(service()).visit(method, PLACE)
    assert answer.status == status
    assert status != 405 or answer.fields["allow"] == "GET, OPTIONS"


async def test_nothing_else_is_public():
    assert (await Portal(service()).visit("GET", "/mcp")).status == 401


async def test_without_the_control_process_there_are_no_pages():
    assert (await Portal(None).visit("GET", PLACE)).status == 503


async def test_a_query_has_a_bound():
    assert (await Portal(service()).visit("GET", f"{PLACE}?{'x' * 9000}")).status == 414


async def test_only_fields_that_pages_look_at_leave_the_worker():
    seen: list[Visit] = []

    async def note(stream: BusStream, opening: bytes) -> None:
        seen.append(read_visit(opening))
        await PortalHost({}).serve(stream, opening)

    await Portal(note).visit("GET", f"{PLACE}/mcp?a=b", cookie="c=d", x_api_key="k", authorization="Basic e")
    assert seen == [
        Visit(
            page="protected_resource",
            method="GET",
            path=f"{PLACE}/mcp",
            query="a=b",
            fields={"cookie": "c=d", "authorization": "Basic e"},
            address="192.0.2.1",
        )
    ]

"""Where URLs from outside may lead: over every way to write an inner address."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.outbound.chaos import Chaos, answer, eventually
from tests.outbound.test_client import Probe
from trigate.core.errors import EgressDenied
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.egress import Address, Egress, embedded, is_public
from trigate.outbound.resolver import Resolver
from trigate.outbound.settings import DnsSettings, EgressSettings, OutboundSettings

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
    "127.1.2.3", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192",
    "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16", "[::]", "[::1]", "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:db8::1]", "[2001:10::1]", "[3fff::1]", "[5f00::1]",
    "[100::1]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[fd12:3456:789a::1]",
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "metadata.google.internal",
    "db.internal.", "router.lan", "nas.home", "x.home.arpa", "wiki.corp", "intranet", "metadata", "2130706433",
    "0x7f000001", "017700000001", "127.1", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.0x1", "1.2.3", "127.0.0.1.",
]  # fmt: skip
BAD = [
    "", "[::1%25lo]", "[::1%lo]", "[127.0.0.1]", "a b", "a\tb", "a\nb", "a\\b", "a@b", "u:p@8.8.8.8", "a%00",
    "%6c", "ⓔxample.com", "１２７.0.0.1", "127。0。0。1", "a..b", "-a.example", ".example", "a:b", "a:99999", "a:-1",
    "a:", "[::1", "::1", "a#b", "a?b",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "[2606:4700::1111]", "[64:ff9b::8.8.8.8]", "example.com", "EXAMPLE.com.",
    "xn--fsq.example", "a1.b2",
]  # fmt: skip


@pytest.mark.parametrize("host", INSIDE + BAD)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_url_from_outside_never_leads_inside(surroundings_sync: Surroundings, scheme: str, host: str):
    with pytest.raises(EgressDenied):
        Client(OutboundSettings(), surroundings_sync).endpoint(f"{scheme}://{host}/x", outside=True)


@pytest.mark.parametrize("host", PUBLIC)
def test_a_url_from_outside_may_lead_to_the_public(surroundings_sync: Surroundings, host: str):
    Client(OutboundSettings(), surroundings_sync).endpoint(f"http://{host}:8080/x", outside=True)


def test_the_operators_own_urls_may_lead_inside_but_not_where_denied(surroundings_sync: Surroundings):
    client = Client(OutboundSettings(egress=EgressSettings(deny=("169.254.0.0/16",))), surroundings_sync)
    client.endpoint("http://10.0.0.1/")
    with pytest.raises(EgressDenied):
        client.endpoint("http://169.254.169.254/")
    with pytest.raises(EgressDenied):
        client.endpoint("http://[::ffff:169.254.169.254]/")


def test_allowed_networks_are_open_to_urls_from_outside_and_nothing_beside_them():
    egress = Egress(EgressSettings(allow=("10.1.0.0/16",)))
    egress.check_host("10.1.2.3", outside=True)
    with pytest.raises(EgressDenied):
        egress.check_host("10.2.0.1", outside=True)


def test_networks_that_are_none_are_refused_when_loaded():
    with pytest.raises(ValueError, match="does not appear"):
        EgressSettings(allow=("everywhere",))


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_as_public_inside_ipv6_as_outside(number: int):
    address = ipaddress.IPv4Address(number)
    nat64 = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + number)
    public = all(is_public(each) for each in (nat64, *embedded(nat64)))
    assert public == is_public(address)
    assert not is_public(ipaddress.IPv6Address(f"::ffff:{address}"))


@given(st.integers(0, 2**32 - 1))
def test_nothing_is_public_that_the_standard_library_calls_private(number: int):
    address = ipaddress.IPv4Address(number)
    if not address.is_global or address.is_multicast:
        assert not is_public(address)


@given(st.integers(0, 2**128 - 1))
def test_nothing_in_ipv6_is_public_that_the_standard_library_calls_private(number: int):
    address = ipaddress.IPv6Address(number)
    if not address.is_global or address.is_multicast:
        assert not is_public(address)


class Names:
    """A resolver whose answers change with every question."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def lookup(self, host: str) -> list[Address]:
        del host
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [ipaddress.ip_address(each) for each in found]


async def test_a_name_that_turns_inwards_between_two_connections_is_refused(surroundings: Surroundings):
    async with Chaos() as upstream:
        names = Names(["8.8.8.8"], ["127.0.0.1"])
        resolver = Resolver(DnsSettings(), names.lookup)
        await resolver.resolve("rebind.example")  # the first answer was harmless
        probe = Probe(surroundings)
        probe.client = Client(OutboundSettings(), surroundings, Resolver(DnsSettings(), names.lookup))
        endpoint = probe.client.endpoint(f"http://rebind.example:{upstream.port}/", outside=True)
        with pytest.raises(EgressDenied):
            await probe.ask(endpoint)
        assert upstream.talks == []
    assert names.asked == 2


async def test_inner_addresses_beside_public_ones_are_left_out(surroundings: Surroundings):
    async with Chaos([answer(b"allowed")], [answer()]) as upstream:
        names = Names(["10.0.0.1", "::1", "127.0.0.1"])
        settings = OutboundSettings(egress=EgressSettings(allow=("127.0.0.0/8",)))
        probe = Probe(surroundings)
        probe.client = Client(settings, surroundings, Resolver(DnsSettings(), names.lookup))
        endpoint = probe.client.endpoint(f"http://mixed.example:{upstream.port}/", outside=True)
        got = await probe.ask(endpoint)
        assert (await got.read(10), got.address) == (b"allowed", f"127.0.0.1:{upstream.port}")
        got.close()
        endpoint.pool.drain()
        await eventually(lambda: endpoint.pool.count == 0)


def test_addresses_of_this_machine_are_inside(surroundings_sync: Surroundings):
    for info in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM):
        with pytest.raises(EgressDenied):
            Egress(EgressSettings()).check_address(ipaddress.ip_address(info[4][0]), outside=True)


def test_names_of_the_inside_are_allowed_one_by_one():
    egress = Egress(EgressSettings(names=("sso.corp.internal", "*.lan")))
    for host in ("sso.corp.internal", "SSO.corp.internal.", "a.lan", "b.a.lan"):
        egress.check_host(host, outside=True)
    for host in ("corp.internal", "x.sso.corp.internal", "lan", "localhost", "127.0.0.1"):
        with pytest.raises(EgressDenied):
            egress.check_host(host, outside=True)

"""Proxies: which one leads where, and what they are told."""

import pytest

from tests.outbound.chaos import Chaos, Step, answer, close, eventually, expect, hang, send, soon
from tests.outbound.test_client import Probe
from trigate.core.errors import BadConfig, EgressDenied, UpstreamFailed, UpstreamTimeout
from trigate.core.settings import Duration, Secret
from trigate.core.surroundings import Surroundings
from trigate.outbound.client import Client
from trigate.outbound.proxy import MAX_CONSENT, proxy_for
from trigate.outbound.settings import OutboundSettings, ProxySettings, Timeouts
from trigate.outbound.url import read_url

ENVIRONMENT = {
    "HTTP_PROXY": "http://user:p%40ss@proxy.example:3128",
    "https_proxy": "secure.example:8080",
    "NO_PROXY": "plain.example, .inside.example,10.0.0.0/8,port.example:81,*.star.example,2001:db8::1",
}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://a.example/", "proxy.example"),
        ("https://a.example/", "secure.example"),
        ("http://plain.example/", None),
        ("http://sub.plain.example/", None),
        ("http://notplain.example/", "proxy.example"),
        ("http://x.inside.example/", None),
        ("http://x.star.example/", None),
        ("http://10.1.2.3/", None),
        ("http://11.1.2.3/", "proxy.example"),
        ("http://[2001:db8::1]/", None),
        ("http://port.example:81/", None),
        ("http://port.example:82/", "proxy.example"),
        ("http://localhost/", None),
        ("http://127.0.0.1:9000/", None),
        ("unix:/run/x", None),
    ],
)
def test_the_environment_says_which_proxy_leads_where(url: str, host: str | None):
    found = proxy_for(read_url(url), ProxySettings(), ENVIRONMENT)
    assert (found.host if found else None) == host


def test_credentials_of_a_proxy_are_decoded_and_never_shown():
    found = proxy_for(read_url("http://a.example/"), ProxySettings(), ENVIRONMENT)
    assert found is not None
    assert found.field == b"proxy-authorization: Basic dXNlcjpwQHNz\r\n"
    assert "dXNl" not in repr(found)


def test_the_file_wins_over_the_environment_and_can_switch_it_off():
    url = read_url("http://a.example/")
    told = proxy_for(url, ProxySettings(http=Secret("http://mine.example")), ENVIRONMENT)
    assert told is not None
    assert (told.host, told.port) == ("mine.example", 80)
    assert proxy_for(url, ProxySettings(environment=False), ENVIRONMENT) is None
    assert proxy_for(url, ProxySettings(no_proxy=("*",)), ENVIRONMENT) is None
    assert proxy_for(url, ProxySettings(), {"ALL_PROXY": "http://all.example"}) is not None


def test_under_cgi_a_caller_cannot_name_a_proxy():
    assert (
        proxy_for(read_url("http://a/"), ProxySettings(), {"HTTP_PROXY": "http://evil", "REQUEST_METHOD": "GET"})
        is None
    )


@pytest.mark.parametrize("where", ["socks5://a", "https://a", "http://", "http://a:b:c", "http://[a"])
def test_a_proxy_that_is_not_http_is_refused_without_showing_it(where: str):
    with pytest.raises(BadConfig) as caught:
        proxy_for(read_url("http://a/"), ProxySettings(http=Secret(where)), {})
    assert where not in caught.value.message.removesuffix("http://[user:password@]host:port")


def through(upstream: Chaos, surroundings: Surroundings) -> Probe:
    proxy = Secret(f"http://me:pw@127.0.0.1:{upstream.port}")
    settings = ProxySettings(environment=False, http=proxy, https=proxy)
    probe = Probe(surroundings)
    probe.client = Client(OutboundSettings(proxy=settings), surroundings)
    return probe


async def test_plain_requests_go_to_the_proxy_in_absolute_form(surroundings: Surroundings):
    async with Chaos([answer(b"via")]) as upstream:
        probe = through(upstream, surroundings)
        endpoint = probe.client.endpoint("http://far.example:81/")
        assert (await probe.fetch(endpoint))[1] == b"via"
        head = upstream.talks[0].received
        assert head.startswith(b"GET http://far.example:81/p?q=1 HTTP/1.1\r\nhost: far.example:81\r\n")
        assert b"\r\nproxy-authorization: Basic bWU6cHc=\r\n\r\n" in head
        endpoint.pool.drain()


async def test_https_asks_the_proxy_for_a_tunnel_and_shakes_hands_inside(surroundings: Surroundings):
    script: list[Step] = [expect(), send(b"HTTP/1.1 200 Established\r\nx: y\r\n\r\n"), expect(b"\x16\x03"), close()]
    async with Chaos(script) as upstream:
        probe = through(upstream, surroundings)
        with pytest.raises(UpstreamFailed):
            await probe.ask(probe.client.endpoint("https://far.example/"))
        assert upstream.talks[0].received.startswith(
            b"CONNECT far.example:443 HTTP/1.1\r\nhost: far.example:443\r\nproxy-authorization: Basic bWU6cHc=\r\n\r\n"
        )


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 407 Who\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nearly", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * (MAX_CONSENT + 1),
    ],
)  # fmt: skip
async def test_a_proxy_that_refuses_or_babbles_ends_the_call(surroundings: Surroundings, said: bytes):
    async with Chaos([expect(), send(said), hang()]) as upstream:
        probe = through(upstream, surroundings)
        with pytest.raises(UpstreamFailed) as caught:
            await probe.ask(probe.client.endpoint("https://far.example/"))
        assert "pw" not in caught.value.message
        await soon(upstream.talks[0].ended.wait())


async def test_a_proxy_that_hangs_up_or_hangs_ends_the_call_in_time(surroundings: Surroundings):
    async with Chaos([expect(), close()], [expect(), hang()]) as upstream:
        probe = through(upstream, surroundings)
        endpoint = probe.client.endpoint("https://far.example/")
        with pytest.raises(UpstreamFailed):
            await probe.ask(endpoint)
        hasty = probe.client.endpoint("https://far.example/", timeouts=Timeouts(connect=Duration(0.1)))
        with pytest.raises(UpstreamTimeout):
            await probe.ask(hasty)
        await eventually(lambda: endpoint.pool.count == hasty.pool.count == 0)


def test_a_proxy_does_not_open_inner_names_to_urls_from_outside(surroundings_sync: Surroundings):
    settings = ProxySettings(environment=False, http=Secret("http://proxy.example"))
    client = Client(OutboundSettings(proxy=settings), surroundings_sync)
    for url in ("http://localhost/", "http://169.254.169.254/", "http://db.internal/"):
        with pytest.raises(EgressDenied):
            client.endpoint(url, outside=True)

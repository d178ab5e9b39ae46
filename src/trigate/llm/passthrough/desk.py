"""The addresses under `/passthrough/`: those of the providers that the operator opened."""

from collections.abc import Callable, Mapping

from trigate.core.errors import Forbidden, PayloadTooLarge, Unsupported
from trigate.core.exchange import Exchange
from trigate.core.lane import Lane, Match
from trigate.core.principal import ANY
from trigate.core.query import without
from trigate.core.request import Request
from trigate.llm.errand import Entry, Errand
from trigate.llm.passthrough.head import KEYS, to_provider
from trigate.llm.passthrough.passage import Passage, Way
from trigate.llm.passthrough.place import PREFIX, Place, read_place
from trigate.llm.price_book import PriceBook
from trigate.llm.settings import LlmSettings
from trigate.llm.site import Site
from trigate.policy.glob import Globs

METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})


class PassthroughDesk:
    """Knows which providers are open, and by which paths."""

    __slots__ = ("_largest", "_ways")

    def __init__(self, settings: LlmSettings, sites: Mapping[str, Site], prices: PriceBook) -> None:
        self._largest = int(settings.max_body)
        self._ways = {
            name: Way(sites[name], _judge(each.passthrough), prices, self._largest, int(settings.max_event))
            for name, each in settings.providers.items()
            if each.passthrough
        }

    def match(self, lane: Lane, request: Request) -> Match | None:
        """A path of an open provider; raises BadRequest if it can be read in two ways, Unsupported."""
        if not self._ways or not request.path.startswith(PREFIX):
            return None
        place = read_place(request.path)
        way = self._ways.get(place.provider) if place is not None else None
        if place is None or way is None or not way.allows(place.path.decode()):
            return None
        if request.method not in METHODS or request.upgrade:
            raise Unsupported("only plain requests with the usual methods are passed on")
        fields = request.fields
        mode = "stream" if b"content-length" in fields or b"transfer-encoding" in fields else "none"
        entry = Entry(lambda exchange, _: self._open(exchange, way, place))
        return Match(lane, "llm.passthrough", mode, 0, entry)

    def _open(self, exchange: Exchange, way: Way, place: Place) -> Errand:
        request, principal = exchange.request, exchange.principal
        if principal is None or principal.restriction.models != ANY:
            raise Forbidden("this key is for some models only: it may not talk to a provider directly")
        declared = request.fields.get(b"content-length")
        length = int(declared) if declared is not None else None
        if length is not None and length > self._largest:
            raise PayloadTooLarge(f"a body may have at most {self._largest} bytes")
        query = without(request.query, exchange.credentials | KEYS | way.parameter)
        lines = to_provider(request.headers, way.taken | exchange.credentials)
        return Passage(way, place, request.method, query, lines, length)


def _judge(opened: bool | list[str]) -> Callable[[str], bool]:
    return Globs(opened).fit if isinstance(opened, list) else lambda _: True

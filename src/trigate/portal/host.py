"""The control process's side: finds the page of each visit, and shows what went wrong as a page."""

from collections.abc import Mapping

import msgspec

from trigate.core.bus import BusClosed, BusStream
from trigate.core.errors import GatewayError, InternalError
from trigate.core.problem import error_headers
from trigate.portal.page import Page
from trigate.portal.refused import Refused
from trigate.portal.reply import document
from trigate.portal.sheet import tell
from trigate.portal.visit import Answer, Visit, encode, read_visit
from trigate.telemetry.log import log


class PortalHost:
    """The service (core.bus.Service)."""

    __slots__ = ("_pages",)

    def __init__(self, pages: Mapping[str, Page]) -> None:
        """Pages by the names that `address.py` has for them."""
        self._pages = pages

    async def serve(self, stream: BusStream, opening: bytes) -> None:
        """One visit."""
        try:
            answer = await self.answer(read_visit(opening))
        except msgspec.DecodeError:
            answer = document({"error": "invalid_request"}, 400)
        try:
            await stream.send(encode(answer))
        except BusClosed:
            return  # the worker has gone

    async def answer(self, visit: Visit) -> Answer:
        """What the visitor gets, whatever happens."""
        try:
            return await self._pages[visit.page].answer(visit)
        except GatewayError as error:
            return refusal(visit, error)
        except Refused as refused:
            told = {"error": refused.error, "error_description": refused.description}
            return document(told, refused.status, refused.headers)
        except Exception as fault:  # noqa: BLE001 - the net under every page
            log.fault(f"the page {visit.page} failed", fault)
            return refusal(visit, InternalError("the gateway failed; ask its operator"))


def refusal(visit: Visit, error: GatewayError) -> Answer:
    """What went wrong: a page for browsers that were led here, JSON for programs."""
    headers = error_headers(error)
    if "text/html" in visit.fields.get("accept", ""):
        return tell("This is not possible", error.message, error.status, headers)
    return document({"error": "invalid_request", "error_description": error.message}, error.status, headers)

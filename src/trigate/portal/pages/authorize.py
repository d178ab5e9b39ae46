"""Asks a person whether a client may use an endpoint in their name (OAuth 2.1 §4.1)."""

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec.structs import replace

from trigate.core.clock import clock
from trigate.core.errors import BadRequest
from trigate.portal.archive import Archive
from trigate.portal.browser import Browsers
from trigate.portal.choice import Known, choices, chosen_scope, show_choices
from trigate.portal.client import Client
from trigate.portal.client_proof import Clerk
from trigate.portal.code import Code, keep_code
from trigate.portal.page import read_fields, read_form
from trigate.portal.redirection import is_local
from trigate.portal.refused import Refused
from trigate.portal.reply import origin_for_forms, redirect
from trigate.portal.request import LONGEST_STATE, Envelope, Request, answer_to, read_request
from trigate.portal.resource import Resources
from trigate.portal.session import Session, Sessions, to_login
from trigate.portal.sheet import Html, fill, listed, show
from trigate.portal.visit import Answer, Visit

PURPOSE = "authorize"
_WORDS = {"tools": "use the tools", "resources": "read the resources", "prompts": "get the prompts"}


class Authorize:
    """`/oauth/authorize`: who logged in sees who asks for what, and says yes or no each time."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a consent is about
        self, url: str, clerk: Clerk, resources: Resources, archive: Archive, sessions: Sessions, browsers: Browsers,
        envelope: Envelope, known: Known = lambda _: (),
    ) -> None:  # fmt: skip
        """`known` names the tools of a server, as far as they are known."""
        self._known = known
        self._url = url
        self._clerk = clerk
        self._resources = resources
        self._archive = archive
        self._sessions = sessions
        self._browsers = browsers
        self._envelope = envelope

    async def answer(self, visit: Visit) -> Answer:
        """See Page."""
        if visit.method == "POST":
            return await self._decide(visit, read_form(visit))
        fields = read_fields(visit.query)
        session = await self._sessions.find(visit)
        if session is None and fields.get("prompt") != "none":
            # Before the client is looked at: a stranger makes the gateway fetch nobody's documents.
            return to_login(visit)
        return await self._ask(visit, fields, session)

    async def _ask(self, visit: Visit, fields: Mapping[str, str], session: Session | None) -> Answer:
        if session is None:
            raise BadRequest("nobody is logged in here")
        client, place = await self._recognise(fields)
        try:
            if fields.get("prompt") == "none":
                raise Refused("interaction_required", "the person is asked each time")
            request = read_request(fields, client, place, self._resources)
        except Refused as refused:
            told = {"error": refused.error, "error_description": refused.description}
            return redirect(answer_to(place, self._url, fields.get("state", ""), **told))
        return self._show(visit, request, client, session)

    async def _recognise(self, fields: Mapping[str, str]) -> tuple[Client, str]:
        """Who asks, and where the answer goes; until both are certain nobody is led anywhere (OAuth 2.1 §4.1.2.1)."""
        try:
            client = await self._clerk.find(fields.get("client_id", ""))
        except Refused as refused:
            raise BadRequest(refused.description) from None
        place = fields.get("redirect_uri", "")
        if not client.leads_to(place):
            raise BadRequest("the client has not said that it can be reached at this redirect URI")
        if len(fields.get("state", "")) > LONGEST_STATE:
            raise BadRequest(f"`state` is longer than {LONGEST_STATE} characters")
        return client, place

    def _show(self, visit: Visit, request: Request, client: Client, session: Session) -> Answer:
        browser, told = self._browsers.greet(visit)
        resource = self._resources.at(request.path)
        body = fill(
            "consent",
            title=client.title or "A client without a name",
            who=_origin(client),
            place=_place(request.redirect),
            endpoint=request.resource,
            servers=listed(resource.servers if resource is not None else ()),
            scopes=listed([_describe(each) for each in request.scope.split()]),
            user=session.user,
            proof=self._browsers.proof(browser, PURPOSE),
            request=self._envelope.close(request, browser, session.user),
            choices=show_choices(choices(resource, request.scope, self._known)) if resource is not None else Html(""),
        )
        return show("Let a client in", body, headers=told, forms=origin_for_forms(request.redirect))

    async def _decide(self, visit: Visit, form: Mapping[str, str]) -> Answer:
        self._browsers.check(visit, form, PURPOSE)
        session = await self._sessions.find(visit)
        if session is None:
            raise BadRequest("you are not logged in any more: begin again at the client")
        browser = self._browsers.cookie(visit, "browser")
        request = self._envelope.open(form.get("request", ""), browser, session.user)
        if form.get("answer") != "yes":
            told = {"error": "access_denied", "error_description": "the person said no"}
            return redirect(answer_to(request.redirect, self._url, request.state, **told))
        granted = replace(request, scope=chosen_scope(request.scope, form))
        code = await keep_code(self._archive, _code(granted, session))
        return redirect(answer_to(request.redirect, self._url, request.state, code=code))


def _code(request: Request, session: Session) -> Code:
    return Code(
        login=os.urandom(12).hex(), client=request.client, title=request.title, redirect=request.redirect,
        challenge=request.challenge, resource=request.resource, scope=request.scope, user=session.user,
        how=session.how, key=session.key, servers=session.servers, organisation=session.organisation,
        known=session.known, made=clock.wall_ns(),
    )  # fmt: skip


def _origin(client: Client) -> str:
    if client.origin == "file":
        return "set up by the operator of this gateway"
    if client.origin == "document":
        return f"described at {urlsplit(client.id).netloc}"
    return "it registered itself: nobody has checked its name"


def _place(uri: str) -> Html:
    parts = urlsplit(uri)
    if is_local(uri):
        return fill("local", place=parts.netloc if parts.scheme == "http" else f"{parts.scheme}:")
    return fill("remote", place=parts.netloc)


def _describe(scope: str) -> str:
    _, kind, *about = scope.split(":", 2)
    server, _, name = (about[0] if about else "").partition("/")
    words = _WORDS[kind]
    if name:
        return f"{words.rstrip('s')} {name} of {server}"
    return f"{words} of {server}" if server else f"{words} of this endpoint that you may use"

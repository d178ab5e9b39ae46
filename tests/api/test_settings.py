"""What a route may say."""

from collections.abc import Callable

import pytest

from trigate.api.settings import ApiSettings, Route, RouteMatch, Service
from trigate.outbound.credentials.oauth import Oauth

TARGET = ("http://127.0.0.1:9000",)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Route(targets=()), "at least one target"),
        (lambda: Route(targets=(Service(url="http://a", weight=0),)), "weight above 0"),
        (lambda: Service(url="http://a", weight=-1), "0 or more"),
        (lambda: Route(targets=TARGET, strip_prefix="/a", rewrite="/b"), "either"),
        (lambda: Route(targets=TARGET, strip_prefix="a"), "starts with `/`"),
        (lambda: Route(targets=TARGET, rewrite="b"), "starts with `/`"),
        (lambda: Route(targets=TARGET, rewrite="/{missing}"), "does not capture"),
        (lambda: Route(targets=TARGET, credential=Oauth()), "tool servers"),
        (lambda: RouteMatch(path="a"), "starts with"),
        (lambda: RouteMatch(path="/a*"), "last segment"),
        (lambda: RouteMatch(path="/*/a"), "last segment"),
        (lambda: RouteMatch(path="/a?b"), "as it is sent"),
        (lambda: RouteMatch(path="regex: ("), "regular expression"),
        (lambda: RouteMatch(headers={"a b": "c"}), "header field"),
        (lambda: ApiSettings(trusted_proxies=("nonsense",)), "nonsense"),
    ],
)
def test_a_route_that_cannot_work_is_refused_with_a_reason(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_rewrite_may_use_what_the_path_captures() -> None:
    Route(targets=TARGET, match=RouteMatch(path="/a/{id}/*"), rewrite="/b/{id}/{*}")

"""The error tree."""

from trigate.core import errors
from trigate.core.errors import GatewayError, PriceUnknown, UpstreamFailed


def _all(of: type[GatewayError]) -> list[type[GatewayError]]:
    return [of, *(below for each in of.__subclasses__() if each.__module__ == errors.__name__ for below in _all(each))]


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [each.code for each in _all(GatewayError)]
    assert len(codes) == len(set(codes))


def test_every_error_has_a_status_that_fits_its_blame() -> None:
    for each in _all(GatewayError):
        if each.blame == "caller":
            assert 400 <= each.status < 500 or each.status in (501, 508)
        elif each.code not in ("config.invalid",):
            assert each.status >= 500


def test_only_what_has_to_do_with_one_target_may_be_tried_elsewhere() -> None:
    elsewhere = {each for each in _all(GatewayError) if each.retryable and not issubclass(each, UpstreamFailed)}
    assert elsewhere <= {PriceUnknown}

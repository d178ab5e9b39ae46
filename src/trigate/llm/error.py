"""What can go wrong with an ask for a model, beyond what every lane knows."""

from typing import ClassVar

from trigate.core.errors import BadRequest, Blame, GatewayError, NotFound, UpstreamFailed


class InvalidParameter(BadRequest):
    """One member of the body is wrong; `param` names it."""

    code: ClassVar[str] = "request.invalid_parameter"

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


class ModelNotFound(NotFound):
    """No model of that name is configured."""

    code: ClassVar[str] = "model.not_found"
    param = "model"


class PromptNotFound(NotFound):
    """No prompt of that name, or no such version of it, is configured."""

    code: ClassVar[str] = "prompt.not_found"
    param = "model"


class NoTarget(NotFound):
    """No target of the model may take this ask, as the model is configured."""

    code: ClassVar[str] = "model.no_target"
    param = "model"


class Superseded(GatewayError):
    """Another target was faster, and this one is not listened to any more."""

    code: ClassVar[str] = "attempt.superseded"
    status: ClassVar[int] = 503


class NotPortable(BadRequest):
    """The ask says something that the model's own dialect cannot, and `on_loss` is `reject`."""

    code: ClassVar[str] = "request.not_portable"
    retryable = True


class NotOffered(NotFound):
    """The model's provider does not offer what was asked for, such as embeddings."""

    code: ClassVar[str] = "model.not_offered"
    retryable = True


class KeysUsedUp(GatewayError):
    """The limits that the operator has put on the keys of a provider leave no room."""

    code: ClassVar[str] = "provider.keys_used_up"
    status: ClassVar[int] = 429
    blame: ClassVar[Blame] = "operator"
    retryable = True
    fault = "rate_limit"


class ProviderRefused(UpstreamFailed):
    """A provider's answer that is no success, told in another dialect; it has the status that the provider gave."""

    code: ClassVar[str] = "provider.refused"

    def __init__(self, message: str, status: int, word: str) -> None:
        super().__init__(message)
        self.status = status  # type: ignore[misc] - of this one only
        self.word = word
        """What the provider calls it."""

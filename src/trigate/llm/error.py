"""What can go wrong with an ask for a model, beyond what every lane knows."""

from typing import ClassVar

from trigate.core.errors import BadRequest, NotFound


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

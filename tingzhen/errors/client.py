"""On the side of a program that uses the service."""

from tingzhen.errors.base import TingzhenError


class ClientError(TingzhenError):
    """A program that uses the service, or that the service calls."""


class ServiceUnreachable(ClientError):
    code = "service_unreachable"


class AnswerInvalid(ClientError):
    code = "answer_invalid"


class WaitedTooLong(ClientError):
    code = "waited_too_long"


class SignatureInvalid(ClientError):
    code = "signature_invalid"

"""Who asks, and what they may do."""

from tingzhen.errors.base import TingzhenError


class AccessError(TingzhenError):
    """Who asks is not known, or may not do what was asked."""


class TokenMissing(AccessError):
    code = "token_missing"


class TokenInvalid(AccessError):
    code = "token_invalid"


class TokenExpired(AccessError):
    code = "token_expired"


class TokenRevoked(AccessError):
    code = "token_revoked"


class SessionEnded(AccessError):
    code = "session_ended"


class CsrfFailed(AccessError):
    code = "csrf_failed"


class NotAllowed(AccessError):
    code = "not_allowed"


class TooManyRequests(AccessError):
    code = "too_many_requests"


class IdentityUnavailable(AccessError):
    code = "identity_unavailable"


class TokenUnknown(AccessError):
    code = "token_unknown"


class TokenOptionInvalid(AccessError):
    code = "token_option_invalid"

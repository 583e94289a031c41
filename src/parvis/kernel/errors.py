"""What can go wrong that is the caller's to know. The edge turns these into the API's error shape or into a page."""


class ParvisError(Exception):
    """Base of every error that is shown to a caller. `message` is a sentence; `code` is a stable word."""

    status = 500
    code = "error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__class__.__doc__ or "")
        self.message = message or (self.__class__.__doc__ or "").strip()


class NotFound(ParvisError):
    """Record not found"""

    status = 404
    code = "not_found"


class Unauthorized(ParvisError):
    """The access token is invalid"""

    status = 401
    code = "unauthorized"


class Forbidden(ParvisError):
    """This action is not allowed"""

    status = 403
    code = "forbidden"


class Invalid(ParvisError):
    """What was sent is not valid: `field` names the part, `reason` says why, `word` is the API's error word."""

    status = 422
    code = "invalid"

    def __init__(self, field: str, reason: str, word: str = "ERR_INVALID") -> None:
        super().__init__(f"Validation failed: {field} {reason}" if field else reason)
        self.field = field
        self.reason = reason
        self.details: dict[str, list[tuple[str, str]]] = {field: [(word, reason)]} if field else {}

    @classmethod
    def many(cls, details: dict[str, list[tuple[str, str]]]) -> "Invalid":
        """Several faults at once (sign-up shows them all)."""
        field, faults = next(iter(details.items()))
        error = cls(field, faults[0][1], faults[0][0])
        error.details = details
        parts = (f"{name} {reason}" for name, all_faults in details.items() for _, reason in all_faults)
        error.message = "Validation failed: " + ", ".join(parts)
        error.args = (error.message,)
        return error


class BadRequest(ParvisError):
    """The request could not be read"""

    status = 400
    code = "bad_request"


class Conflict(ParvisError):
    """This clashes with something that exists"""

    status = 409
    code = "conflict"


class TooLarge(ParvisError):
    """What was sent is too large"""

    status = 413
    code = "too_large"


class TooMany(ParvisError):
    """Too many requests"""

    status = 429
    code = "too_many"

    def __init__(self, message: str = "", retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ParvisError):
    """The service is not available right now, please try again in a moment"""

    status = 503
    code = "unavailable"

    def __init__(self, message: str = "", retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after

"""Time, as it is stored and as it is shown."""

from datetime import UTC, datetime


def now() -> datetime:
    """Now, in UTC, to the millisecond (what the API can show)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z: the one form that all clients parse."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"

"""Which clip a workshop looks at first: smaller goes first.

Open cases come before closed ones. Among open ones: those whose vehicle must not be driven, then
those whose analysis is not over or failed (nobody knows about them yet), then what is to be looked
at soon, then what cannot be told, then the rest; within each the graver fault first. Who is
equally urgent waits in the order of arrival.
"""

from typing import Final

from tingzhen.diagnosis.result import Drive, Severity

CLOSED: Final = 100
"""Of clips whose fault is confirmed, and of those whose analysis was cancelled."""
_DRIVE: Final[dict[str, int]] = {"stop": 0, "soon": 20, "unknown": 30, "ok": 40}
_NOT_KNOWN_YET: Final = 10
_SEVERITY: Final[dict[str, int]] = {"dangerous": 0, "serious": 1, "moderate": 2, "minor": 3}
_NO_CAUSE: Final = 4


def urgency_of(
    *, state: str, drive: Drive | None, severity: Severity | None, confirmed: bool
) -> int:
    """0 (at once) .. 100 (closed). drive, severity: of the report; None while there is none.
    severity: the gravest of the causes that stand out."""
    if confirmed or state == "cancelled":
        return CLOSED
    if state != "done" and drive is None:  # one that is analysed again has a report from before
        return _NOT_KNOWN_YET
    return _DRIVE[drive or "unknown"] + _SEVERITY.get(severity or "", _NO_CAUSE)

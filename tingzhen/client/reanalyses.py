"""`client.reanalyses`: analyse clips again with the active models, and see what changed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tingzhen.client.connection import Connection
from tingzhen.client.reanalysis import (
    ReanalysedClip,
    ReanalysedPage,
    Reanalysis,
    ReanalysisFilter,
    ReanalysisPage,
)
from tingzhen.errors import WaitedTooLong
from tingzhen.language import Text

_ASK_EVERY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Reanalyses:
    """Every method raises the typed errors of problems, ServiceUnreachable and AnswerInvalid."""

    _connection: Connection

    def begin(self, wanted: ReanalysisFilter) -> Reanalysis:
        """All clips that fit now. Of one clip: `client.clips.reanalyse`."""
        return self._connection.read(
            Reanalysis, "POST /v1/reanalyses", body={"json": wanted.body()}
        )

    def all(self) -> Iterator[Reanalysis]:
        """Page after page, newest first."""
        cursor = None
        while True:
            page = self._connection.read(
                ReanalysisPage, "GET /v1/reanalyses", params={"limit": 100, "cursor": cursor}
            )
            yield from page.reanalyses
            cursor = page.next_cursor
            if cursor is None:
                return

    def get(self, reanalysis_id: str) -> Reanalysis:
        """How far it is, and what changed. Raises ReanalysisUnknown."""
        return self._connection.read(
            Reanalysis, "GET /v1/reanalyses/{reanalysis_id}", reanalysis_id=reanalysis_id
        )

    def wait(self, reanalysis_id: str, *, timeout_s: float = 600.0) -> Reanalysis:
        """The re-analysis when it has ended, asked every two seconds. Raises WaitedTooLong."""
        until = time.monotonic() + timeout_s
        while True:
            found = self.get(reanalysis_id)
            if found.ended:
                return found
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise WaitedTooLong(
                    Text(f"{timeout_s:.0f} 秒内重新分析未结束，仍在进行。请稍后再查。",
                         f"The re-analysis did not end within {timeout_s:.0f} s; it goes on. Ask "
                         "again later.")
                )  # fmt: skip
            time.sleep(min(_ASK_EVERY_S, left_s))

    def clips(self, reanalysis_id: str, *, state: str | None = None) -> Iterator[ReanalysedClip]:
        """What became of each clip, page after page. state: such as failed; all without."""
        after = None
        while True:
            page = self._connection.read(
                ReanalysedPage, "GET /v1/reanalyses/{reanalysis_id}/clips",
                params={"state": state, "limit": 500, "after": after},
                reanalysis_id=reanalysis_id,
            )  # fmt: skip
            yield from page.clips
            after = page.next_after
            if after is None:
                return

    def cancel(self, reanalysis_id: str) -> Reanalysis:
        """Clips that were not done keep the reports that they have."""
        return self._connection.read(
            Reanalysis, "POST /v1/reanalyses/{reanalysis_id}/cancel", reanalysis_id=reanalysis_id
        )

"""`client.clips`: send clips, wait for reports, read what was found, and confirm what it was."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tingzhen.client import sending
from tingzhen.client.cases import SimilarCase, SimilarList
from tingzhen.client.clip import Case, Clip, ClipFilter, ClipPage, ClipSummary, Frames
from tingzhen.client.connection import Connection
from tingzhen.client.event_stream import Event, events_of
from tingzhen.client.guided_session import GuidedSession
from tingzhen.client.reanalysis import Reanalysis, ReportList, ReportVersion
from tingzhen.client.report import DiagnosisReport, Report
from tingzhen.errors import WaitedTooLong
from tingzhen.language import Text

ALL: Final = ClipFilter()
_PATIENCE_S: Final = 300.0
_WAIT_S: Final = 20.0
_SLACK_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Clips:
    """Every method raises the typed errors of problems, ServiceUnreachable and AnswerInvalid."""

    _connection: Connection

    def upload(
        self,
        path: Path | str,
        *,
        context: Mapping[str, Any] | None = None,
        workshop: str | None = None,
        label: str | None = None,
        idempotency_key: str | None = None,
    ) -> Clip:
        """Send a clip in one request; it is safe when this returns. idempotency_key: one of its own
        without, with which a lost answer is asked for again."""
        described = sending.Described(context=context, workshop=workshop, label=label)
        return sending.send_whole(self._connection, Path(path), described, key=idempotency_key)

    def begin_upload(
        self,
        path: Path | str,
        *,
        context: Mapping[str, Any] | None = None,
        workshop: str | None = None,
        label: str | None = None,
    ) -> str:
        """The id of an upload in parts, and of the clip that it becomes. Keep it, and the upload
        can be gone on with after a restart of your program."""
        described = sending.Described(context=context, workshop=workshop, label=label)
        return sending.begin(self._connection, Path(path), described)

    def continue_upload(
        self,
        upload_id: str,
        path: Path | str,
        *,
        part_bytes: int = sending.PART_BYTES,
        patience_s: float = _PATIENCE_S,
        on_progress: Callable[[int, int], None] = lambda done, size: None,
    ) -> Clip:
        """Send what is missing of a begun upload. patience_s: how long a line that broke is tried
        again before ServiceUnreachable is raised. on_progress: told bytes that are safe, and all.
        """
        sending.send_parts(
            self._connection, upload_id, Path(path), part_bytes=part_bytes, patience_s=patience_s,
            on_progress=on_progress,
        )  # fmt: skip
        return self.get(upload_id)

    def end_upload(self, upload_id: str) -> None:
        """Give an upload up; its bytes are removed."""
        headers = {"tus-resumable": "1.0.0"}
        self._connection.send(
            "DELETE /v1/uploads/{upload_id}", headers=headers, upload_id=upload_id
        )

    def get(self, clip_id: str) -> Clip:
        return self._connection.read(Clip, "GET /v1/clips/{clip_id}", clip_id=clip_id)

    def page(
        self, wanted: ClipFilter = ALL, *, limit: int = 20, cursor: str | None = None
    ) -> ClipPage:
        """One page, newest first. limit: 1 to 100."""
        params = wanted.params() | {"limit": limit, "cursor": cursor}
        return self._connection.read(ClipPage, "GET /v1/clips", params=params)

    def all(self, wanted: ClipFilter = ALL) -> Iterator[ClipSummary]:
        """Page after page, newest first."""
        cursor = None
        while True:
            page = self.page(wanted, limit=100, cursor=cursor)
            yield from page.clips
            cursor = page.next_cursor
            if cursor is None:
                return

    def wait(self, clip_id: str, *, timeout_s: float = 600.0) -> Clip:
        """The clip when its analysis has ended: look at `state`, `report` and `error`. Raises
        WaitedTooLong."""
        until = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, until - time.monotonic())
            wait_s = math.ceil(min(left_s, _WAIT_S))
            clip = self._connection.read(
                Clip, "GET /v1/clips/{clip_id}", headers={"prefer": f"wait={wait_s}"},
                timeout_s=wait_s + _SLACK_S, clip_id=clip_id,
            )  # fmt: skip
            if clip.ended:
                return clip
            if left_s == 0:
                raise WaitedTooLong(
                    Text(f"{timeout_s:.0f} 秒内分析未结束，仍在进行。请稍后再查。",
                         f"The analysis did not end within {timeout_s:.0f} s; it goes on. Ask "
                         "again later.")
                )  # fmt: skip

    def events(
        self, clip_id: str, *, after: int | None = None, patience_s: float = _PATIENCE_S
    ) -> Iterator[Event]:
        """What happens to it, as it happens, until the analysis has ended. after: id of the last
        event that is known. A broken line is gone on with by itself."""
        return events_of(self._connection, clip_id, after=after, patience_s=patience_s)

    def report(self, clip_id: str, *, version: int | None = None) -> Report:
        """version: of those that `reports` lists; the newest without. Raises ClipNotReady,
        ClipWithoutReport, ReportUnknown."""
        return self._connection.read(
            Report, "GET /v1/clips/{clip_id}/report", params={"version": version}, clip_id=clip_id
        )

    def report_page(self, clip_id: str, *, version: int | None = None) -> str:
        """The same as a self-contained HTML page."""
        return self._connection.send(
            "GET /v1/clips/{clip_id}/report", headers={"accept": "text/html"},
            params={"version": version}, clip_id=clip_id,
        ).text  # fmt: skip

    def reports(self, clip_id: str) -> list[ReportVersion]:
        """All that it had, the newest first."""
        return self._connection.read(
            ReportList, "GET /v1/clips/{clip_id}/reports", clip_id=clip_id
        ).reports

    def reanalyse(self, clip_id: str) -> Reanalysis:
        """Analyse it again with the active models; its reports stay. Raises
        ReanalysisImpossible."""
        return self._connection.read(
            Reanalysis, "POST /v1/clips/{clip_id}/reanalysis", clip_id=clip_id
        )

    def similar(self, clip_id: str, *, count: int = 5) -> list[SimilarCase]:
        """Confirmed cases like it, the nearest first. count: 1 to 20."""
        return self._connection.read(
            SimilarList, "GET /v1/clips/{clip_id}/similar", params={"count": count},
            clip_id=clip_id,
        ).cases  # fmt: skip

    def diagnosis(self, clip_id: str) -> DiagnosisReport:
        return self._connection.read(
            DiagnosisReport, "GET /v1/clips/{clip_id}/diagnosis", clip_id=clip_id
        )

    def frames(self, clip_id: str) -> Frames:
        return self._connection.read(Frames, "GET /v1/clips/{clip_id}/frames", clip_id=clip_id)

    def frame(self, clip_id: str, number: int) -> bytes:
        """JPEG; faces and plates are blurred."""
        return self._connection.send(
            "GET /v1/clips/{clip_id}/frames/{number}.jpg", clip_id=clip_id, number=number
        ).content

    def spectrogram(self, clip_id: str) -> bytes:
        """PNG."""
        return self._connection.send(
            "GET /v1/clips/{clip_id}/spectrogram.png", clip_id=clip_id
        ).content

    def sound(self, clip_id: str) -> bytes:
        """MP3; voices are masked."""
        return self._connection.send("GET /v1/clips/{clip_id}/sound", clip_id=clip_id).content

    def cancel(self, clip_id: str) -> Clip:
        """Raises ClipEnded."""
        return self._connection.read(Clip, "POST /v1/clips/{clip_id}/cancel", clip_id=clip_id)

    def delete(self, clip_id: str) -> None:
        """For good."""
        self._connection.send("DELETE /v1/clips/{clip_id}", clip_id=clip_id)

    def confirm(
        self,
        clip_id: str,
        *,
        fault: str | None = None,
        fault_text: str | None = None,
        none_of_these: bool = False,
        **more: str | float | bool,
    ) -> Case:
        """Say what the fault was: one of the three. more: repair, minutes, cost_cny,
        fixed_first_time, note. Raises ConfirmationInvalid."""
        said: dict[str, Any] = {"fault": fault, "fault_text": fault_text,
                                "none_of_these": none_of_these or None, **more}  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        return self._connection.read(
            Case, "POST /v1/clips/{clip_id}/confirmation", body={"json": said}, clip_id=clip_id
        )

    def guide(self, clip_id: str) -> GuidedSession:
        """Its guided session, begun now or before."""
        return self._connection.read(
            GuidedSession, "POST /v1/clips/{clip_id}/guide", clip_id=clip_id
        )

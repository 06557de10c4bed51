"""A second version that judges clips after their report is out; what it says is only compared.

One thread of low priority, and room for one clip that waits: a busy process skips clips rather
than hold their pictures, and counts what it skipped. Agreement is therefore of clips that came
when there was time.
"""

import os
import queue
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import Engine

from tingzhen.audio import NoiseRecogniser
from tingzhen.bundle import ModelInfo
from tingzhen.errors import TingzhenError
from tingzhen.media import Clip
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.inference.counters import Findings
from tingzhen.serving.inference.in_service import ModelsInService
from tingzhen.serving.inference.loading import LoadedModel
from tingzhen.serving.logs import log
from tingzhen.serving.records import ClipRecord, ModelAgreement, RecogniserTask, writing

_NICER: Final = 10
_WAITING_CLIPS: Final = 1


class _Typed(Protocol):
    @property
    def type(self) -> str: ...
    @property
    def probability(self) -> float: ...


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    clip_id: str
    analysis: Analysis
    decoded: Clip
    models: tuple[LoadedModel, ...]


class ShadowRuns:
    """Judges clips in the shadow and keeps how far both versions agree."""

    def __init__(self, models: ModelsInService, records: Engine) -> None:
        self._models = models
        self._records = records
        self._clips: queue.Queue[_Waiting | None] = queue.Queue(_WAITING_CLIPS)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def reported(self, clip_id: str, analysis: Analysis, decoded: Clip | None) -> None:
        """The report of that clip is out: count it, and let the shadow versions judge it when
        there is time. Returns at once; the clip must be in the records.

        decoded: the clip with its samples and pictures; None where they are gone, after a restart
        in the middle of a job. It is not decoded a second time for a comparison.
        """
        counters = self._models.counters
        counters.clip([fact.code for fact in analysis.quality])
        counters.found("noise", analysis.noise_model, analysis.noise)
        counters.found("damage", analysis.damage_model, analysis.damage)
        models = tuple(self._models.shadow().values())
        if not models:
            return
        if decoded is None:
            self._skip(models)
            return
        self._start()
        try:
            self._clips.put_nowait(_Waiting(clip_id, analysis, decoded, models))
        except queue.Full:
            self._skip(models)

    def close(self) -> None:
        """Finish the clip at hand, leave the others."""
        if self._thread is None:
            return
        while True:
            try:
                self._clips.get_nowait()
            except queue.Empty:
                break
        self._clips.put(None)
        self._thread.join()

    def _skip(self, models: tuple[LoadedModel, ...]) -> None:
        for model in models:
            self._models.counters.shadowed(model.task, "skipped")

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)
        while (clip := self._clips.get()) is not None:
            for model in clip.models:
                self._judge(clip, model)
            del clip  # its pictures, while the thread waits for the next one

    def _judge(self, clip: _Waiting, model: LoadedModel) -> None:
        counters = self._models.counters
        try:
            outcome = compare(self._records, clip.clip_id, clip.analysis, clip.decoded, model)
        except TingzhenError as error:
            outcome = "failed"
            log.warning("shadow failed", extra={"clip_id": clip.clip_id, "code": error.code})
        except Exception as error:  # noqa: BLE001 - a shadow must not end the thread
            outcome = "failed"
            log.warning("shadow failed", extra={"clip_id": clip.clip_id}, exc_info=error)
        if outcome is not None:
            counters.shadowed(model.task, outcome)


def compare(
    records: Engine, clip_id: str, analysis: Analysis, decoded: Clip, model: LoadedModel
) -> str | None:
    """Judge a clip with another version and keep whether it agrees with what was reported.

    Returns "compared"; None where there is nothing to compare: no such track in the clip, the clip
    was deleted meanwhile, or the report came from this very version. Raises RecordsUnavailable.
    """
    active, reported = _reported(analysis, model.task)
    if reported.verdict in ("no_audio", "no_video") or active.sha256 == model.info.sha256:
        return None
    poor = [fact.code for fact in decoded.quality]
    said: Findings
    if isinstance(model.recogniser, NoiseRecogniser):
        said = model.recogniser.recognise(decoded.waveform, poor=poor)
    else:
        said = model.recogniser.recognise(decoded.frames, poor=poor)
    one, other = _summary(reported), _summary(said)
    row = ModelAgreement(
        clip_id=clip_id, task=model.task, active=active.version, shadow=model.info.version,
        agree=one["verdict"] == other["verdict"],
        data={
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "active": one,
            "shadow": other,
            "same_first": one["first"] == other["first"],
            "slices": {
                "kind": decoded.kind,
                "verdict": one["verdict"],
                "first": one["first"],
                "powertrain": _powertrain(analysis),
                "quality": "poor" if poor else "clear",
            },
        },
    )  # fmt: skip
    with writing(records) as session:
        if session.get(ClipRecord, clip_id) is None:
            return None
        session.merge(row)
    return "compared"


def _reported(analysis: Analysis, task: RecogniserTask) -> tuple[ModelInfo, Findings]:
    if task == "noise":
        return analysis.noise_model, analysis.noise
    return analysis.damage_model, analysis.damage


def _summary(findings: Any) -> dict[str, Any]:
    first: _Typed = findings.types[0]
    return {
        "verdict": str(findings.verdict),
        "first": str(first.type),
        "probability": round(float(first.probability), 4),
    }


def _powertrain(analysis: Analysis) -> str:
    return analysis.circumstances.vehicle.powertrain or "unknown"

"""The steps of a job, from the kept file to the report: facts, sound, frames, recognition,
diagnosis, publish.

Each is a plain function of the clip and of what the steps before it left; its result is JSON.
Any of them may run twice, here or elsewhere, when a process dies: what they write to the records
they write once. What they need of the pictures is decoded again where it is gone.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tingzhen.audio import NoiseFindings
from tingzhen.diagnosis import Circumstances, diagnose
from tingzhen.errors import DeadlinePassed
from tingzhen.language import Text
from tingzhen.serving.analysis import Analysis, Timing
from tingzhen.serving.inference import ModelsInService, ShadowRuns
from tingzhen.serving.jobs import kept as form
from tingzhen.serving.jobs.kept import Json
from tingzhen.serving.jobs.outcome import keep_noise_verdict, keep_report, keep_step
from tingzhen.serving.jobs.shown_copies import ShownCopies
from tingzhen.serving.jobs.workbench import Workbench
from tingzhen.serving.operations.clip_measures import noise_told, report_told
from tingzhen.serving.pipeline import Parts, Recognisers, hear, return_freed_memory
from tingzhen.serving.quality import quality_facts
from tingzhen.serving.records import ENDED, ClipRecord, clip, lock_clip, reading, writing
from tingzhen.serving.service import Service

_LONG_S: Final = 30.0
Kept = Mapping[str, Json]


class NothingToDo(Exception):
    """The clip has its report, was cancelled or deleted: the job ends here."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a step works with. models: that change while the worker works; without them those of
    `parts` serve. shadow, copies: are told of each report."""

    service: Service
    parts: Parts
    bench: Workbench
    models: ModelsInService | None = None
    shadow: ShadowRuns | None = None
    copies: ShownCopies | None = None

    def recognisers(self, record: ClipRecord) -> Recognisers:
        """The same ones for all steps of a job, as long as it stays in this process."""
        active = self.parts.recognisers.result if self.models is None else self.models.recognisers
        return self.bench.recognisers(record, active)


@dataclass(frozen=True, slots=True)
class Step:
    """run(desk, record, kept): kept holds the results of the steps before, by name."""

    name: str
    run: Callable[[Desk, ClipRecord, Kept], Json]


def take(desk: Desk, clip_id: str, rerun: int | None = None) -> ClipRecord:
    """The clip, if there is still something to do for it. rerun: of the job that asks; one that
    was begun anew since has nothing to do any more.

    Raises NothingToDo, DeadlinePassed, ClipUnknown, RecordsUnavailable.
    """
    with reading(desk.service.records) as session:
        record = clip(session, clip_id)
    if record.state in ENDED or rerun not in (None, record.rerun):
        raise NothingToDo
    if record.deadline_at is not None and record.deadline_at <= datetime.now(UTC):
        raise deadline_passed()
    return record


def deadline_passed() -> DeadlinePassed:
    return DeadlinePassed(
        Text("分析未能在要求的时限内完成。请重新提交，或放宽时限。",
             "The analysis was not finished by its deadline. Send the clip again, or allow more "
             "time.")
    )  # fmt: skip


def facts(desk: Desk, record: ClipRecord, kept: Kept) -> Json:
    """What the file is. The sound is decoded for it, and the pictures begin to be."""
    started = time.perf_counter()
    sound = desk.bench.sound(record)
    with writing(desk.service.records) as session:
        found = lock_clip(session, record.id)
        if found.state not in ENDED:
            found.state, found.kind = "running", sound.kind
            found.attempts += 1
            keep_step(session, record.id, "facts")
    return {"kind": sound.kind, "ms": _ms_since(started)}


def sound(desk: Desk, record: ClipRecord, kept: Kept) -> Json:
    """What is heard, published at once."""
    heard = desk.bench.sound(record)
    recogniser = desk.recognisers(record).noise
    started = time.perf_counter()
    noise = hear(recogniser, heard.waveform, heard.quality)
    spent_ms = _ms_since(started)
    with writing(desk.service.records) as session:
        keep_noise_verdict(session, record.id, noise)
    noise_told(record)
    return {
        "noise": form.keep_noise(noise), "model": form.keep_model(recogniser.info), "ms": spent_ms,
    }  # fmt: skip


def frames(desk: Desk, record: ClipRecord, kept: Kept) -> Json:
    """The chosen pictures, decoded; they stay in memory for the next step."""
    started = time.perf_counter()
    whole = desk.bench.pictures(record)
    spent_ms = _ms_since(started)
    with writing(desk.service.records) as session:
        keep_step(session, record.id, "frames")
    return {"clip": form.keep_clip(whole), "frames_used": len(whole.frames), "ms": spent_ms}


def recognition(desk: Desk, record: ClipRecord, kept: Kept) -> Json:
    """What is seen, and how good the recording is."""
    whole = desk.bench.pictures(record)
    recogniser = desk.recognisers(record).damage
    started = time.perf_counter()
    damage = recogniser.recognise(whole.frames, poor=[fact.code for fact in whole.quality])
    spent_ms = _ms_since(started)
    quality = quality_facts(whole, _noise(kept), damage)
    with writing(desk.service.records) as session:
        keep_step(session, record.id, "recognition")
    if whole.duration_s > _LONG_S:
        return_freed_memory()
    return {
        "damage": form.keep_damage(damage), "quality": form.keep_quality(quality),
        "model": form.keep_model(recogniser.info), "ms": spent_ms,
    }  # fmt: skip


def diagnosis(desk: Desk, record: ClipRecord, kept: Kept) -> Json:
    """What it may be and what to test next. Raises CasesUnavailable."""
    base = desk.parts.knowledge.result()
    circumstances = _circumstances(record)
    noise, damage = _noise(kept), form.kept_damage(kept["recognition"]["damage"])
    started = time.perf_counter()
    found = diagnose(
        base, noise, damage, circumstances,
        prior_weights=desk.parts.frequencies.prior_weights(base, circumstances),
        learned=desk.parts.rules.observations(base, noise, damage, circumstances),
    )  # fmt: skip
    spent_ms = _ms_since(started)
    with writing(desk.service.records) as session:
        keep_step(session, record.id, "diagnosis")
    return {"diagnosis": form.keep_diagnosis(found), "ms": spent_ms}


def publish(desk: Desk, record: ClipRecord, kept: Kept) -> Json:
    """The report, for everybody who waits for it."""
    analysis = analysis_of(record, kept)
    with writing(desk.service.records) as session:
        first = keep_report(session, record.id, analysis, rerun=record.rerun)
    if first:
        report_told(record, analysis)
    decoded = desk.bench.decoded(record.id)
    if first and desk.copies is not None:
        desk.copies.of(record.id, decoded)
    if first and desk.shadow is not None:
        desk.shadow.reported(record.id, analysis, decoded)
    return {}


def analysis_of(record: ClipRecord, kept: Kept) -> Analysis:
    """The whole analysis, from what the steps left. The clip in it has no samples and no pixels."""
    ms = {name: float(kept[name]["ms"]) for name in kept if "ms" in kept[name]}
    return Analysis(
        clip=form.kept_clip(kept["frames"]["clip"]),
        quality=form.kept_quality(kept["recognition"]["quality"]),
        noise=_noise(kept),
        damage=form.kept_damage(kept["recognition"]["damage"]),
        diagnosis=form.kept_diagnosis(kept["diagnosis"]["diagnosis"]),
        circumstances=_circumstances(record),
        noise_model=form.kept_model(kept["sound"]["model"]),
        damage_model=form.kept_model(kept["recognition"]["model"]),
        timing=Timing(
            decode=ms["facts"] + ms["frames"],
            noise=ms["sound"],
            damage=ms["recognition"],
            diagnosis=ms["diagnosis"],
            total=sum(ms.values()),
        ),
        frames_used=kept["frames"]["frames_used"],
    )


STEPS: Final = (
    Step("facts", facts),
    Step("sound", sound),
    Step("frames", frames),
    Step("recognition", recognition),
    Step("diagnosis", diagnosis),
    Step("publish", publish),
)


def _noise(kept: Kept) -> NoiseFindings:
    return form.kept_noise(kept["sound"]["noise"])


def _circumstances(record: ClipRecord) -> Circumstances:
    return Circumstances.model_validate_json(record.circumstances)


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000.0

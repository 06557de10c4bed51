"""One clip from the file to the analysis: decode, hear and see side by side, reason."""

import ctypes
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio import NoiseFindings, NoiseRecogniser, with_bands
from tingzhen.bundle import PROVIDERS, open_bundle
from tingzhen.diagnosis import Circumstances, KnowledgeBase, diagnose, load_knowledge
from tingzhen.media import Limits, read_clip
from tingzhen.serving.analysis import Analysis, Timing
from tingzhen.serving.cases.in_use import FrequenciesInUse
from tingzhen.serving.experience.in_use import RulesInUse
from tingzhen.serving.quality import quality_facts
from tingzhen.serving.settings import Settings
from tingzhen.vision import DamageRecogniser

_LONG_S = 30.0

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Recognisers:
    """Loaded once and used for every clip, from several threads at once."""

    noise: NoiseRecogniser
    damage: DamageRecogniser


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a diagnosis needs beside findings and circumstances."""

    knowledge: Future[KnowledgeBase]
    rules: RulesInUse
    frequencies: FrequenciesInUse


@dataclass(frozen=True, slots=True)
class Parts(Reasoning):
    """What an analysis needs beside the clip, loading while the first clip is decoded."""

    recognisers: Future[Recognisers]


def load_recognisers(settings: Settings) -> Recognisers:
    """Open both bundles. Raises BundleError."""
    open_one = partial(
        open_bundle,
        providers=PROVIDERS[settings.inference_provider],
        threads=settings.inference_threads or None,
    )
    return Recognisers(
        noise=NoiseRecogniser(open_one(settings.noise_model, "noise")),
        damage=DamageRecogniser(open_one(settings.damage_model, "damage")),
    )


def start_reasoning(settings: Settings) -> Reasoning:
    """Load fault trees in a thread of their own; errors come out where they are used."""
    return Reasoning(
        _in_thread(partial(load_knowledge, settings.knowledge)),
        RulesInUse(settings),
        FrequenciesInUse(settings),
    )


def start_loading(
    settings: Settings, recognisers: Callable[[], Recognisers] | None = None
) -> Parts:
    """Load models and fault trees in threads of their own; errors come out where they are used.

    recognisers: loads them in place of load_recognisers.
    """
    loading = _in_thread(recognisers or partial(load_recognisers, settings))
    rest = start_reasoning(settings)
    return Parts(rest.knowledge, rest.rules, rest.frequencies, loading)


def analyse(
    path: Path,
    *,
    recognisers: Recognisers | Future[Recognisers],
    knowledge: KnowledgeBase | Future[KnowledgeBase],
    rules: RulesInUse | None = None,
    frequencies: FrequenciesInUse | None = None,
    circumstances: Circumstances | None = None,
    limits: Limits | None = None,
    name: str | None = None,
) -> Analysis:
    """Read, hear, see and diagnose one clip. Blocks; call it in a worker thread.

    rules: of technicians' experience. frequencies: of confirmed faults. Without them the base alone
    is asked.
    name: shown in place of the file's name (an upload's label). Raises ClipError for a file that
    gives no report, BundleError or KnowledgeError when a part that is still loading fails,
    CasesUnavailable when the database of rules and cases does.
    """
    circumstances = circumstances or Circumstances()
    started = time.perf_counter()
    clip = read_clip(path, limits=limits or Limits(), name=name)
    decode_ms = _ms_since(started)
    models, base = _ready(recognisers), _ready(knowledge)
    poor = [fact.code for fact in clip.quality]

    # ONNX Runtime leaves the interpreter lock, so the sound costs no time beside the pictures.
    with ThreadPoolExecutor(1, thread_name_prefix="noise") as pool:
        heard = pool.submit(_timed, lambda: hear(models.noise, clip.waveform, poor))
        damage, damage_ms = _timed(lambda: models.damage.recognise(clip.frames, poor=poor))
        noise, noise_ms = heard.result()
    if clip.duration_s > _LONG_S:
        return_freed_memory()
    diagnosis, diagnosis_ms = _timed(
        lambda: diagnose(
            base, noise, damage, circumstances,
            prior_weights=frequencies.prior_weights(base, circumstances) if frequencies else None,
            learned=rules.observations(base, noise, damage, circumstances) if rules else (),
        )
    )  # fmt: skip
    return Analysis(
        clip=clip,
        quality=quality_facts(clip, noise, damage),
        noise=noise,
        damage=damage,
        diagnosis=diagnosis,
        circumstances=circumstances,
        noise_model=models.noise.info,
        damage_model=models.damage.info,
        timing=Timing(decode_ms, noise_ms, damage_ms, diagnosis_ms, _ms_since(started)),
        frames_used=len(clip.frames),
    )


def hear(
    recogniser: NoiseRecogniser, waveform: NDArray[np.float32] | None, poor: Sequence[str]
) -> NoiseFindings:
    """What is heard, each event with the band that it is heard in.

    waveform: float32 (n,), mono, 16 kHz. poor: quality codes of the recording.
    """
    found = recogniser.recognise(waveform, poor=poor)
    if waveform is None or not found.events:
        return found
    return replace(found, events=with_bands(waveform, found.events))


def _in_thread(work: Callable[[], _R]) -> Future[_R]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="load")
    done = pool.submit(work)
    pool.shutdown(wait=False)
    return done


def _ready(part: _T | Future[_T]) -> _T:
    return part.result() if isinstance(part, Future) else part


def return_freed_memory() -> None:
    """Give the system back what the allocator holds after long sound (glibc keeps it otherwise:
    some 75 MB after three minutes, in each process of a service)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _timed(work: Callable[[], _R]) -> tuple[_R, float]:
    started = time.perf_counter()
    result = work()
    return result, _ms_since(started)


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000.0

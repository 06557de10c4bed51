"""Waveform → noise findings, on ONNX Runtime."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.events import EventRule, find_events, in_order
from tingzhen.audio.findings import NoiseEvent, NoiseFindings, NoiseScore, NoiseVerdict
from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.audio.provenance import SyntheticLimits, base_rates_of, provenance_of
from tingzhen.audio.verdict import TOO_SHORT, Heard, VerdictRule, judge
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES, NoiseType
from tingzhen.bundle import Bundle, ModelInfo
from tingzhen.errors import BundleError
from tingzhen.language import Text

CHUNK_STEPS = 192
EDGE_STEPS = 16
"""Steps at an inner edge of a chunk that are taken from its neighbour, which hears both sides."""
QUIET_CHUNK = 0.05
"""A chunk whose level is below this share of the loudest one's holds nothing to judge."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples start..stop of the waveform; of its steps, those from first to last are kept."""

    start: int
    stop: int
    first: int
    last: int | None


def chunks(samples: int, step: int) -> Iterator[Chunk]:
    """Overlapping chunks of at most CHUNK_STEPS steps of `step` samples; their kept steps follow
    one another without gap or overlap, step i of all beginning at sample i * step."""
    size = CHUNK_STEPS * step
    if samples <= size:
        yield Chunk(0, samples, 0, None)
        return
    start, kept = 0, 0
    while True:
        if start + size >= samples:
            yield Chunk(start, samples, kept - start // step, None)
            return
        last = CHUNK_STEPS - EDGE_STEPS
        yield Chunk(start, start + size, kept - start // step, last)
        kept = start // step + last
        # The final chunk is a full one too: a remainder of half a second could not be judged.
        latest = -(-(samples - size) // step) * step
        start = min(start + (CHUNK_STEPS - 2 * EDGE_STEPS) * step, latest)


class NoiseRecogniser:
    """Hears noise types in a waveform. Safe to use from several threads.

    Raises BundleError when the bundle's metadata or outputs are not those of a noise model.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.info: ModelInfo = bundle.info
        self._session: Any = bundle.session
        try:
            metadata = bundle.metadata
            if tuple(metadata["labels"]) != NOISE_TYPES:
                raise ValueError("other labels")  # noqa: TRY301
            if int(metadata["sample_rate_hz"]) != SAMPLE_RATE_HZ:
                raise ValueError("another sample rate")  # noqa: TRY301
            self._rule = VerdictRule.from_metadata(metadata)
            self._unheard = [float(metadata["untrained_probability"])] * len(NOISE_TYPES)
            self._step = int(metadata["step_samples"])
            self._provenance = provenance_of(metadata)
            self._base_rates = base_rates_of(metadata)
            self._synthetic = SyntheticLimits.from_metadata(metadata)
            self._events = EventRule.from_metadata(metadata, self._step / SAMPLE_RATE_HZ)
            self._coarse = EventRule(self._step / SAMPLE_RATE_HZ)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                Text(f"噪声模型的元数据不完整：{error}。请重新导出模型。",
                     f"The noise model's metadata does not fit: {error}. Export it again.")
            ) from error  # fmt: skip

    def recognise(
        self, waveform: NDArray[np.float32] | None, *, poor: Sequence[str] = ()
    ) -> NoiseFindings:
        """What is heard in a clip.

        waveform: float32 (n,), mono, 16 kHz, -1..1; None where the clip has no audio track.
        poor: codes of the media room's quality facts. Where nothing is heard, below 1.0 s or
        without a track, all types hold the same small probability, which says nothing.
        """
        if waveform is None:
            return self._findings("no_audio", self._unheard)
        duration_s = len(waveform) / SAMPLE_RATE_HZ
        if duration_s < self._rule.min_s:
            return self._findings("cannot_tell", self._unheard, reasons=(TOO_SHORT,))
        heard = self.hear(waveform)
        events = self._find_events(heard, duration_s)
        judgement = judge(heard, self._rule, poor, unproven=self._unproven(heard, events))
        return self._findings(
            judgement.verdict,
            heard.types,
            events=in_order([event for type_ in judgement.claimed for event in events[type_]]),
            reasons=judgement.reasons,
            speech=heard.speech,
            music=heard.music,
        )

    def _find_events(
        self, heard: Heard, duration_s: float
    ) -> dict[NoiseType, tuple[NoiseEvent, ...]]:
        """Events of every fault that reaches its threshold, whether it will be claimed or not."""
        found = {}
        for i, type_ in enumerate(NOISE_TYPES):
            if type_ not in FAULT_NOISES or type_ not in self._rule.thresholds:
                continue
            threshold = self._rule.threshold(type_, heard.share)
            if float(heard.types[i]) < threshold:
                continue
            steps, rule = heard.steps[:, i], self._events
            enough = rule.thresholds.get(type_, threshold)
            if heard.local is not None and steps.max(initial=0.0) < enough:
                # The listener knows synthetic sound alone. Where it hears nothing of what the
                # whole clip was found to hold, the heads say where it is most like it.
                steps, rule = heard.local[:, i], self._coarse
            found[type_] = find_events(type_, steps, threshold, rule, duration_s)
        return found

    def _unproven(
        self, heard: Heard, events: dict[NoiseType, tuple[NoiseEvent, ...]]
    ) -> set[NoiseType]:
        """Types known from synthetic sound alone that are not heard surely and long enough."""
        limits = self._synthetic
        return {
            type_
            for type_, found in events.items()
            if self._provenance.get(type_) == "synthetic"
            and (
                float(heard.types[NOISE_TYPES.index(type_)]) < limits.min_probability
                or max((e.end_s - e.start_s for e in found), default=0.0) < limits.min_event_s
            )
        }

    def hear(self, waveform: NDArray[np.float32]) -> Heard:
        """The network's scores of a waveform of at least 1 s, without a verdict.

        A long clip is heard in chunks, so memory stays bounded: a fault counts with its most
        probable chunk, everything else with the mean over the chunks that are loud enough.
        """
        waveform = np.nan_to_num(np.asarray(waveform, dtype=np.float32))
        parts: list[dict[str, NDArray[np.float32]]] = []
        steps, local, levels, weights = [], [], [], []
        for chunk in chunks(len(waveform), self._step):
            samples = np.ascontiguousarray(waveform[chunk.start : chunk.stop])
            part = self._run(samples)
            kept = part["steps"][0, chunk.first : chunk.last]
            parts.append(part)
            steps.append(kept)
            if "local" in part:
                local.append(part["local"][0, chunk.first : chunk.last])
            weights.append(max(1, len(kept)))
            levels.append(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))))
        loud = np.array(levels) >= QUIET_CHUNK * max(levels)
        share = np.where(loud, weights, 0) / np.sum(np.where(loud, weights, 0))

        def mean(name: str) -> NDArray[np.float32]:
            stacked = np.stack([part[name][0] for part in parts])
            return np.tensordot(share, stacked, axes=1).astype(np.float32)

        types = mean("types")
        highest = np.stack([part["types"][0] for part in parts])[loud].max(axis=0)
        for index, type_ in enumerate(NOISE_TYPES):
            if type_ in FAULT_NOISES:
                types[index] = highest[index]
        context = [float(value) for value in mean("context")]
        speech, music, vehicle = context[0], context[1], context[4]
        return Heard(
            types,
            np.concatenate(steps),
            min(1.0, speech),
            min(1.0, music),
            float(mean("novelty")),
            float(np.sqrt(np.average(np.square(levels), weights=weights))),
            mean("embedding"),
            local=np.concatenate(local) if local else None,
            vehicle=vehicle,
            # Bundles of version 1 do not know how near a clip lies, nor what else AudioSet hears.
            other=context[5] if len(context) > 5 else 0.0,
            share=float(mean("share")) if "share" in parts[0] else 1.0,
        )

    def _run(self, samples: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        names = [output.name for output in self._session.get_outputs()]
        outputs = self._session.run(names, {"waveform": samples[None]})
        return dict(zip(names, outputs, strict=True))

    def _findings(self, verdict: NoiseVerdict, probabilities: Any, **more: Any) -> NoiseFindings:
        scores = [
            NoiseScore(type_, min(1.0, max(0.0, float(p))))
            for type_, p in zip(NOISE_TYPES, probabilities, strict=True)
        ]
        types = tuple(sorted(scores, key=lambda score: -score.probability))
        return NoiseFindings(
            verdict, types, provenance=self._provenance, base_rates=self._base_rates, **more
        )  # fmt: skip

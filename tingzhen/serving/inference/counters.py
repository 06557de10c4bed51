"""What inference counts, so that drift of scores and of input quality can be seen.

Plain numbers of one process since its start, by version of the model, so that a new version is not
taken for drift. Operations export them; rates and comparisons over time are made there.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tingzhen.bundle import ModelInfo

SCORE_EDGES: Final = tuple(round(0.1 * step, 1) for step in range(1, 11))
"""Upper edges of the ten bins of a top score, the last one included."""


class Score(Protocol):
    @property
    def probability(self) -> float: ...


class Findings(Protocol):
    """What a recogniser found: NoiseFindings or DamageFindings."""

    @property
    def verdict(self) -> str: ...
    @property
    def types(self) -> Sequence[Score]: ...


@dataclass(frozen=True, slots=True)
class InferenceCounts:
    """The counts at one moment.

    verdicts: by (task, version, verdict). top_scores: by (task, version), clips in each bin of the
    most probable type's probability (SCORE_EDGES); only clips that were judged, not those without
    a track. quality: clips by quality code. clips: all that were judged. runs, joined_requests,
    rows: of networks by task; more requests than runs means that jobs were joined. loads: models
    loaded by (task, version); load_failures: by task. shadow: by (task, outcome), where outcome is
    "compared", "skipped" (the process was busy) or "failed".
    """

    verdicts: dict[tuple[str, str, str], int]
    top_scores: dict[tuple[str, str], tuple[int, ...]]
    quality: dict[str, int]
    clips: int
    runs: dict[str, int]
    joined_requests: dict[str, int]
    rows: dict[str, int]
    loads: dict[tuple[str, str], int]
    load_failures: dict[str, int]
    shadow: dict[tuple[str, str], int]


class InferenceCounters:
    """Counts of one process; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._verdicts: Counter[tuple[str, str, str]] = Counter()
        self._top_scores: dict[tuple[str, str], list[int]] = {}
        self._quality: Counter[str] = Counter()
        self._clips = 0
        self._runs: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._rows: Counter[str] = Counter()
        self._loads: Counter[tuple[str, str]] = Counter()
        self._load_failures: Counter[str] = Counter()
        self._shadow: Counter[tuple[str, str]] = Counter()

    def clip(self, quality_codes: Sequence[str]) -> None:
        """One clip was judged, of which the report says these quality facts."""
        with self._lock:
            self._clips += 1
            self._quality.update(set(quality_codes))

    def found(self, task: str, model: ModelInfo, findings: Findings) -> None:
        """One clip was heard or seen by that model."""
        with self._lock:
            self._verdicts[task, model.version, findings.verdict] += 1
            if findings.verdict in ("no_audio", "no_video"):
                return
            bins = self._top_scores.setdefault((task, model.version), [0] * len(SCORE_EDGES))
            top = max(score.probability for score in findings.types)
            bins[min(int(top * len(bins)), len(bins) - 1)] += 1

    def run(self, task: str, requests: int, rows: int) -> None:
        """A network ran once for so many requests with so many rows together."""
        with self._lock:
            self._runs[task] += 1
            self._requests[task] += requests
            self._rows[task] += rows

    def loaded(self, task: str, version: str) -> None:
        with self._lock:
            self._loads[task, version] += 1

    def load_failed(self, task: str) -> None:
        with self._lock:
            self._load_failures[task] += 1

    def shadowed(self, task: str, outcome: str) -> None:
        with self._lock:
            self._shadow[task, outcome] += 1

    def counts(self) -> InferenceCounts:
        with self._lock:
            return InferenceCounts(
                verdicts=dict(self._verdicts),
                top_scores={key: tuple(bins) for key, bins in self._top_scores.items()},
                quality=dict(self._quality),
                clips=self._clips,
                runs=dict(self._runs),
                joined_requests=dict(self._requests),
                rows=dict(self._rows),
                loads=dict(self._loads),
                load_failures=dict(self._load_failures),
                shadow=dict(self._shadow),
            )

"""What each piece of evidence did to each cause, and which missing piece would change most.

For a cause alone against "nothing wrong" the natural log of its odds is that before any evidence
plus the weights of all evidence, nothing left out. What a piece did to the order is told by
weighing everything again without it; what a missing piece could do, by weighing again as if it
were there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from tingzhen.audio.findings import NoiseFindings, NoiseScore
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES
from tingzhen.diagnosis._context_names import MEASURES, WHEN_NAMES
from tingzhen.diagnosis._posterior import GroupPosterior, group_posteriors
from tingzhen.diagnosis.circumstances import WHEN, Circumstances
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.observation import Observation
from tingzhen.diagnosis.result import Cause, EvidenceKind
from tingzhen.diagnosis.weighing import Weighing, weigh
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFindings

_MISSING_SHOWN: Final = 5
_CLEARLY_HEARD: Final = 0.9
# Two values each, far apart, stand for what a missing measure could be.
_MEASURED: Final[dict[str, tuple[float, float]]] = {
    "speed_kmh": (20.0, 110.0), "ambient_c": (-10.0, 32.0), "humidity_pct": (30.0, 92.0),
    "mileage_km": (15_000.0, 180_000.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Influence:
    """One piece of evidence. weights: for each cause, natural log of the likelihood ratio against
    "nothing wrong". change: how much of the probability lay elsewhere without it, 0..1.
    first_without: the cause that would come first without it."""

    kind: EvidenceKind
    text: Text
    weights: tuple[float, ...]
    change: float
    first_without: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not known. text: what it would be. change: how much of the probability it
    would move, 0..1. first_then: the cause that would come first."""

    text: Text
    change: float
    first_then: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """causes: fault ids, most probable first, names beside them. log_odds_before: for each cause
    alone, natural log of its odds against "nothing wrong" before any evidence; log_odds: after all
    of it, which is log_odds_before plus the weights. influences: all evidence that bears on a
    cause, that with the largest change first. missing: what would change most, first. error: how
    far probabilities can be off (0 where every pair of faults was looked at)."""

    causes: tuple[str, ...]
    names: tuple[Text, ...]
    log_odds_before: tuple[float, ...]
    log_odds: tuple[float, ...]
    influences: tuple[Influence, ...]
    missing: tuple[Missing, ...]
    error: float


def explain(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
    causes: Sequence[Cause],
    *,
    prior_weights: Mapping[str, float] | None = None,
    learned: Sequence[Observation] = (),
) -> Explanation:
    """causes: of the diagnosis that is explained, with the same other arguments.

    Weighs everything once for each piece of evidence, there or missing. Raises ValueError as
    `weigh` does.
    """

    def weighed(heard: NoiseFindings, told: Circumstances) -> Weighing:
        return weigh(
            knowledge, heard, damage, told, prior_weights=prior_weights, learned=learned
        )  # fmt: skip

    whole = weighed(noise, circumstances)
    rows = [knowledge.tables.row_of[cause.fault] for cause in causes]
    before = [_log_odds_before(knowledge, whole, row) for row in rows]
    bearing = [o for o in whole.observed if any(o.log_ratio[row] != 0.0 for row in rows)]
    influences = []
    for one in bearing:
        rest = [o for o in whole.observed if o is not one]
        groups = group_posteriors(knowledge, rest, whole.share)
        influences.append(
            Influence(
                one.kind, one.text, tuple(float(one.log_ratio[row]) for row in rows),
                _moved(whole.groups, groups), _first(knowledge, groups, whole),
            )
        )  # fmt: skip
    missing = []
    if causes:
        for text, heard, told in _not_known(knowledge, noise, circumstances, rows):
            then = weighed(heard, told)
            missing.append(
                Missing(
                    text, _moved(whole.groups, then.groups), _first(knowledge, then.groups, then)
                )
            )
    now = _first(knowledge, whole.groups, whole)
    missing.sort(key=lambda one: (one.first_then == now, -one.change))
    sums = [sum(float(o.log_ratio[row]) for o in whole.observed) for row in rows]
    return Explanation(
        causes=tuple(cause.fault for cause in causes), names=tuple(cause.name for cause in causes),
        log_odds_before=tuple(before),
        log_odds=tuple(b + s for b, s in zip(before, sums, strict=True)),
        influences=tuple(sorted(influences, key=lambda one: -one.change)),
        missing=tuple(missing[:_MISSING_SHOWN]), error=whole.mechanical.error,
    )  # fmt: skip


def _log_odds_before(knowledge: KnowledgeBase, weighing: Weighing, row: int) -> float:
    settings, damage = knowledge.settings, knowledge.faults[row].damage
    group = next(group for group in weighing.groups if group.damage == damage)
    if damage is None:
        alone = (1.0 - settings.healthy_prior - settings.other_prior) * (
            1.0 - settings.two_faults_prior
        )
    else:
        alone = settings.damage_base_rate[damage]
    return float(np.log(weighing.share[row] * alone / group.nothing_prior))


def _moved(before: Sequence[GroupPosterior], after: Sequence[GroupPosterior]) -> float:
    """Largest total variation distance of a group's shares."""
    return max(
        (
            float(np.abs(a.share - b.share).sum())
            + abs(a.nothing - b.nothing) + abs(a.other - b.other)
        ) / 2.0
        for a, b in zip(before, after, strict=True)
    )  # fmt: skip


def _first(knowledge: KnowledgeBase, groups: Sequence[GroupPosterior], weighing: Weighing) -> str:
    """The most probable fault of the groups that the weighing is informed of; "" without any."""
    informed = {group.damage for group in weighing.informed}
    best = max(
        (
            (float(group.posterior.max()), int(group.rows[int(group.posterior.argmax())]))
            for group in groups if group.damage in informed and len(group.rows)
        ),
        default=None,
    )  # fmt: skip
    return "" if best is None else knowledge.faults[best[1]].id


def _not_known(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    circumstances: Circumstances,
    rows: Sequence[int],
) -> Iterator[tuple[Text, NoiseFindings, Circumstances]]:
    """What could still be told, with the findings and circumstances as they would be then."""
    if not circumstances.when:
        for when in WHEN:
            name = WHEN_NAMES[when]
            yield (Text(f"若出现时机为{name.zh}", f"If it is noticed {name.en}"), noise,
                   circumstances.model_copy(update={"when": (when,)}))  # fmt: skip
    for measure, values in _MEASURED.items():
        inside = circumstances.vehicle if measure == "mileage_km" else circumstances
        if getattr(inside, measure) is not None:
            continue
        for value in values:
            text = MEASURES[measure]
            shown = f"{value:,.0f}"
            yield (Text("若" + text.zh.format(shown), "If: " + text.en.format(shown)), noise,
                   _measured(circumstances, measure, value))  # fmt: skip
    codes = {
        code.match for row in rows for code in knowledge.faults[row].codes if "?" not in code.match
    }
    for code in sorted(codes - set(circumstances.codes))[:8]:
        stored = circumstances.model_copy(update={"codes": (*circumstances.codes, code)})
        yield Text(f"若存有故障码 {code}", f"If trouble code {code} is stored"), noise, stored
    if noise.verdict in ("no_audio", "cannot_tell"):
        for noise_type in FAULT_NOISES:
            heard = replace(
                noise, verdict="abnormal", types=(NoiseScore(noise_type, _CLEARLY_HEARD),)
            )
            name = NOISE_NAMES[noise_type]
            yield (
                Text(f"若录到{name.zh}", f"If {name.en.lower()} is recorded"),
                heard,
                circumstances,
            )


def _measured(circumstances: Circumstances, measure: str, value: float) -> Circumstances:
    update: dict[str, Any] = {measure: value}
    if measure == "mileage_km":
        update = {"vehicle": circumstances.vehicle.model_copy(update=update)}
    return circumstances.model_copy(update=update)

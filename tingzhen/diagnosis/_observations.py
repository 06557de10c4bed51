"""Everything that was observed, each with the likelihood ratio it has under every fault."""

import numpy as np

from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis._complaint import complaint_of
from tingzhen.diagnosis._perceived import heard_noises, heard_normal, seen_damages, sound_ratios
from tingzhen.diagnosis._told import (
    fault_words,
    measures,
    noise_words,
    situations,
    stored_codes,
)
from tingzhen.diagnosis.circumstances import Circumstances
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.observation import Observation
from tingzhen.vision.findings import DamageFindings


def observe(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
) -> list[Observation]:
    """All observations, the ratios of each kind capped as the settings say."""
    settings = knowledge.settings
    complaint = complaint_of(knowledge, circumstances)
    sound = sound_ratios(knowledge, noise)
    observed = [*heard_noises(knowledge, noise, sound), *heard_normal(knowledge, noise)]
    observed += seen_damages(knowledge, damage)
    observed += capped(list(stored_codes(knowledge, circumstances)), settings.code_cap)
    said = [*noise_words(knowledge, complaint, sound), *fault_words(knowledge, complaint)]
    observed += capped(said, settings.complaint_cap)
    around = [*situations(knowledge, circumstances, complaint), *measures(knowledge, circumstances)]
    observed += capped(around, settings.circumstance_cap)
    return observed


def capped(observed: list[Observation], cap: float) -> list[Observation]:
    """The observations of one kind, scaled so that together they stay within ±ln(cap)."""
    if not observed:
        return []
    limit = float(np.log(cap))
    total = np.abs(np.sum([o.log_ratio for o in observed], axis=0))
    scale = limit / np.maximum(total, limit)
    total_other = abs(sum(o.log_ratio_other for o in observed))
    scale_other = limit / max(total_other, limit)
    return [
        Observation(o.kind, o.text, o.log_ratio * scale, o.log_ratio_other * scale_other,
                    o.start_s, o.end_s, o.time_s, o.box, o.absent)
        for o in observed
    ]  # fmt: skip

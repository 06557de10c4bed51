"""The knowledge base in memory: faults, tests, settings, words; and the tables made from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.provenance import Provenance
from tingzhen.audio.vocabulary import NoiseType
from tingzhen.diagnosis.circumstances import Powertrain, When
from tingzhen.diagnosis.fault_trees import BasicEvent, Gate
from tingzhen.diagnosis.result import DriveAdvice, Group, Risk, Severity
from tingzhen.diagnosis.tables import Tables, build_tables
from tingzhen.language import Text
from tingzhen.vision.vocabulary import DamageType

Measure = Literal["speed_kmh", "ambient_c", "humidity_pct", "mileage_km"]


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a complaint. A trailing * in an English word stands for any ending."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RangeFactor:
    """Likelihood ratio of the fault when `low` <= measure < `high`."""

    measure: Measure
    low: float
    high: float
    factor: float


@dataclass(frozen=True, slots=True)
class CodeFactor:
    """Likelihood ratio of the fault when a stored code matches; ? stands for one digit."""

    match: str
    factor: float


@dataclass(frozen=True, slots=True)
class Repair:
    """cost_cny: what the parts cost; None where nobody has said. warranty: what it depends on."""

    steps: Text
    parts: tuple[Text, ...]
    labour_min: float
    cost_cny: float | None = None
    warranty: Text | None = None


@dataclass(frozen=True, slots=True)
class System:
    """A system of the vehicle: engine, brakes; one for each file, or several files for one."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a system that faults are faults of: the water pump, the front brake."""

    id: str
    system: str
    name: Text


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. damage: the visible damage that it explains; None for a mechanical fault.

    prior: weight among the faults of its group. noises, damages: P(type can be perceived | fault).
    tests: P(outcome | fault) by test and outcome, where it differs from "otherwise".
    sources: where a number comes from, by field ("prior", "noises.knock"), when not from `source`.
    """

    id: str
    name: Text
    system: str
    damage: DamageType | None
    prior: float
    powertrains: frozenset[Powertrain]
    noises: dict[NoiseType, float]
    damages: dict[DamageType, float]
    when: dict[When, float]
    ranges: tuple[RangeFactor, ...]
    codes: tuple[CodeFactor, ...]
    words: Words
    words_factor: float
    tests: dict[str, dict[str, float]]
    repair: Repair
    severity: Severity
    drive: DriveAdvice
    drive_reason: Text
    source: str
    component: str | None = None
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def group(self) -> Group:
        return "mechanical" if self.damage is None else "visible"


@dataclass(frozen=True, slots=True)
class DiagnosticOutcome:
    """otherwise: P(outcome) under every fault that does not say differently."""

    id: str
    text: Text
    otherwise: float


@dataclass(frozen=True, slots=True)
class DiagnosticTest:
    """drives: the vehicle has to move for it, which "stop" forbids. runs: the engine has to run.

    cost_cny: material and fees beside the minutes; None where nobody has said.
    sources: where a number comes from, by field ("minutes", "outcomes.low"), when not `source`.
    """

    id: str
    name: Text
    how: Text
    tools: tuple[Text, ...]
    minutes: float
    risk: Risk
    risk_note: Text | None
    drives: bool
    runs: bool
    outcomes: tuple[DiagnosticOutcome, ...]
    source: str
    cost_cny: float | None = None
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WordMeaning:
    """What a word of the complaint says: noises (likelihood ratios) or a circumstance."""

    words: Words
    noises: dict[NoiseType, float]
    when: tuple[When, ...]


@dataclass(frozen=True, slots=True)
class Danger:
    """Words after which nobody should drive on, whatever the posterior says."""

    id: str
    words: Words
    reason: Text


@dataclass(frozen=True, slots=True)
class Recording:
    """How to record again. medium: what it is for; when: circumstances that call for it."""

    id: str
    medium: Literal["noise", "damage"]
    when: tuple[When, ...]
    name: Text
    how: Text


@dataclass(frozen=True, slots=True)
class Settings:
    """Numbers of the reasoning; docs/diagnosis.md says what each does. Caps are ratios, > 1."""

    healthy_prior: float
    other_prior: float
    two_faults_prior: float
    powertrain_share: dict[Powertrain, float]
    noise_weight: dict[Provenance, float]
    damage_base_rate: dict[DamageType, float]
    noise_if_healthy: float
    noise_if_unrelated: float
    noise_if_other: float
    normal_if_healthy: float
    normal_if_faulty: float
    damage_if_unrelated: float
    code_if_other: float
    unknown_code_if_other: float
    noise_cap: float
    damage_cap: float
    circumstance_cap: float
    code_cap: float
    complaint_cap: float
    drive_threshold: float
    drive_threshold_visible: float
    drive_threshold_together: float
    cause_threshold: float
    cause_threshold_visible: float
    likely_threshold: float
    possible_threshold: float
    smallest_information_bits: float
    setup_minutes: float
    running_factor: float
    risk_factor: dict[Risk, float]
    urgency: dict[DriveAdvice, float]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class KnowledgeBase:
    """A loaded base. `tables` holds its numbers as arrays, one row a fault in this order.

    Raises KeyError for a fault that states something of a test that is not there.
    """

    faults: tuple[Fault, ...]
    tests: tuple[DiagnosticTest, ...]
    settings: Settings
    word_meanings: tuple[WordMeaning, ...]
    dangers: tuple[Danger, ...]
    recordings: tuple[Recording, ...]
    systems: tuple[System, ...] = ()
    components: tuple[Component, ...] = ()
    events: tuple[BasicEvent, ...] = ()
    gates: tuple[Gate, ...] = ()
    tables: Tables = field(init=False)

    def __post_init__(self) -> None:
        lexicon = [meaning.words for meaning in self.word_meanings]
        lexicon += [danger.words for danger in self.dangers]
        tables = build_tables(self.faults, self.tests, self.settings, lexicon)
        object.__setattr__(self, "tables", tables)

    @property
    def mechanical(self) -> NDArray[np.intp]:
        """Rows of the mechanical faults."""
        return self.tables.mechanical

    @property
    def visible(self) -> Mapping[DamageType, NDArray[np.intp]]:
        """Rows of the faults that explain a visible damage, by damage."""
        return self.tables.visible

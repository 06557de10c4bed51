"""Gates and basic events of a fault tree (IEC 61025:2006, clause 7)."""

from dataclasses import dataclass, field
from typing import Literal

from tingzhen.audio.vocabulary import NoiseType
from tingzhen.language import Text

GateKind = Literal["and", "or", "vote"]


@dataclass(frozen=True, slots=True)
class BasicEvent:
    """What a tree does not take apart: a condition, or (fault: its id) a fault of the base.

    probability: P(it holds for a vehicle that comes in), 0..1 exclusive.
    sources: where a number comes from, by field, when it differs from `source`.
    """

    id: str
    name: Text
    fault: str | None
    probability: float
    source: str
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gate:
    """Happens when all ("and"), any ("or") or `at_least` ("vote") of its inputs do.

    inputs: ids of gates, basic events or faults. noise: the noise as which a person perceives a top
    event; None where no noise is it. prior: weight among the mechanical faults that the faults
    under this gate without a prior of their own share; None where they all have one.
    """

    id: str
    name: Text
    system: str
    kind: GateKind
    at_least: int
    inputs: tuple[str, ...]
    noise: NoiseType | None
    prior: float | None
    source: str
    sources: dict[str, str] = field(default_factory=dict)

"""Every hand-written case (vignettes/*.yaml) leads to the cause that a mechanic names first."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.diagnosis.examples import heard, seen, shipped
from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis import Diagnosis, KnowledgeBase, diagnose, parse_circumstances
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFindings

FOLDER = Path(__file__).parent / "vignettes"


@dataclass(frozen=True, slots=True)
class Vignette:
    """One case as a mechanic tells it. cause: the fault that has to come first."""

    id: str
    file: str
    title: Text
    noise: NoiseFindings
    damage: DamageFindings
    context: dict[str, Any]
    cause: str
    why: Text


def _vignette(file: Path, item: dict[str, Any]) -> Vignette:
    unknown = set(item) - {
        "id", "title", "sound", "heard", "picture", "seen", "context", "cause", "why",
    }  # fmt: skip
    assert not unknown, (file.name, item["id"], unknown)
    sound = item.get("sound", "abnormal" if "heard" in item else "no_audio")
    picture = item.get("picture", "damaged" if "seen" in item else "no_video")
    return Vignette(
        item["id"], file.name, Text(**item["title"]), heard(sound, **item.get("heard", {})),
        seen(picture, **item.get("seen", {})), item["context"], item["cause"], Text(**item["why"]),
    )  # fmt: skip


@cache
def vignettes() -> tuple[Vignette, ...]:
    return tuple(
        _vignette(file, item)
        for file in sorted(FOLDER.glob("*.yaml"))
        for item in yaml.safe_load(file.read_text(encoding="utf-8"))["vignettes"]
    )


def _diagnosed(knowledge: KnowledgeBase, vignette: Vignette) -> Diagnosis:
    context = parse_circumstances(vignette.context)
    return diagnose(knowledge, vignette.noise, vignette.damage, context)


@pytest.mark.parametrize("vignette", vignettes(), ids=lambda v: v.id)
def test_the_first_cause_is_the_mechanics(knowledge: KnowledgeBase, vignette: Vignette) -> None:
    causes = _diagnosed(knowledge, vignette).causes
    assert causes, vignette.title
    ranking = [(cause.fault, round(cause.probability, 3)) for cause in causes[:4]]
    assert causes[0].fault == vignette.cause, (ranking, vignette.why.en)


def test_there_are_enough_of_them_and_they_are_told_in_both_languages() -> None:
    every = vignettes()
    assert len({v.id for v in every}) == len(every) >= 75
    assert sum("complaint" in v.context and v.context["complaint"].isascii() for v in every) >= 15
    assert all(not v.title.en.isspace() and not v.title.zh.isascii() for v in every)
    assert all(v.why.en.isascii() or "°" in v.why.en for v in every)


def test_they_are_about_every_system_of_the_base() -> None:
    knowledge = shipped()
    told = {v.cause for v in vignettes()}
    assert told <= {fault.id for fault in knowledge.faults}
    assert {f.system for f in knowledge.faults} == {
        f.system for f in knowledge.faults if f.id in told
    }

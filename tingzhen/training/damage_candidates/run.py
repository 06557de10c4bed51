"""Running candidates, one fold after the other; what is done is kept and not done again."""

import json
from collections.abc import Sequence
from typing import Any

from tingzhen.training.damage_candidates.answers import Answers, joined
from tingzhen.training.damage_candidates.protocol import (
    Candidate,
    Material,
    answers_path,
    learn,
)
from tingzhen.training.damage_candidates.results import cost_of, figures_of
from tingzhen.training.damage_measuring.resampling import Resampling


def run_candidate(
    candidate: Candidate, material: Material, folds: Sequence[int], how: Resampling
) -> dict[str, Any]:
    """Learn what is missing of these folds, and the result over all folds that are there."""
    cost_path = material.folder / "answers" / candidate.name / "cost.json"
    for fold in folds:
        fitted = learn(candidate, material, fold)
        if fitted is not None and not cost_path.exists():
            square = material.squares(candidate.input_px)[0]
            cost_path.write_text(json.dumps(cost_of(fitted, square)), encoding="utf-8")
    return result_of(candidate, material, how)


def result_of(candidate: Candidate, material: Material, how: Resampling) -> dict[str, Any]:
    """What is kept of a candidate, as one JSON-ready object. Raises FileNotFoundError where nothing
    is."""
    paths = [
        path
        for fold in sorted(set(material.fold.tolist()))
        if (path := answers_path(material.folder, candidate.name, fold)).exists()
    ]
    if not paths:
        raise FileNotFoundError(candidate.name)
    cost_path = material.folder / "answers" / candidate.name / "cost.json"
    return {
        "name": candidate.name,
        "what": candidate.what,
        "input_px": candidate.input_px,
        "folds": len(paths),
        "figures": figures_of(material.pictures, joined([Answers.load(p) for p in paths]), how),
        "cost": json.loads(cost_path.read_text(encoding="utf-8")),
    }

"""Versions of a model against labels that people gave: confusion, worst mistakes, two compared.

Only clips whose report came from that version are counted, so labels of the queue, which are the
hard ones, weigh more here than on the road: this is no estimate of accuracy.
"""

from collections import defaultdict
from math import comb
from typing import Any, Final

from sqlalchemy import Row, select

from tingzhen.language import Language
from tingzhen.serving.labelling.deidentified import label_of, row_of
from tingzhen.serving.labelling.facts import catch_up
from tingzhen.serving.labelling.label import TYPES, UNSURE, label_loss
from tingzhen.serving.labelling.reading import Faults, probabilities
from tingzhen.serving.records import (
    ClipFacts,
    ClipLabel,
    ClipRecord,
    ModelAgreement,
    RecogniserTask,
    reading,
)
from tingzhen.serving.service import Service

MISTAKES: Final = 20
COMPARED: Final = 50


def against_labels(
    service: Service, faults: Faults, task: RecogniserTask, version: str, language: Language
) -> dict[str, Any]:
    """How the reports of a version stand to the labels of the same clips, as JSON values.

    confusion: rows are labelled types, columns what was most probable; a clip with several types
    counts in the row of each, by its share. mistakes: clips whose most probable type is not among
    the labelled ones, the surest wrong ones first (mean log loss over all types).
    """
    catch_up(service.records)
    versions = ClipFacts.noise_version if task == "noise" else ClipFacts.damage_version
    query = (
        select(ClipRecord, ClipFacts, ClipLabel)
        .join(ClipFacts, ClipFacts.clip_id == ClipRecord.id)
        .join(ClipLabel, ClipLabel.clip_id == ClipRecord.id)
        .where(ClipLabel.task == task, versions == version)
    )
    with reading(service.records) as session:
        rows = session.execute(query).all()
    sure = [row for row in rows if row[2].types != [UNSURE]]
    matrix: defaultdict[tuple[str, str], float] = defaultdict(float)
    wrong = []
    right = 0
    for record, facts, label in sure:
        first = str(getattr(facts, f"{task}_type"))
        for type_ in label.types:
            matrix[type_, first] += 1 / len(label.types)
        if first in label.types:
            right += 1
        else:
            loss = label_loss(label.types, probabilities(record, task))
            wrong.append((loss, record, facts, label))
    wrong.sort(key=lambda one: -one[0])
    names = [t for t in TYPES[task] if any(t in pair for pair in matrix)]
    return {
        "task": task, "version": version, "labelled": len(sure), "unsure": len(rows) - len(sure),
        "first_right": right,
        "confusion": {
            "types": names,
            "counts": [[round(matrix[truth, said], 2) for said in names] for truth in names],
        },
        "mistakes": [
            row_of(record, facts, faults.ids, language)
            | {"label": label_of(label), "loss": round(loss, 3)}
            for loss, record, facts, label in wrong[:MISTAKES]
        ],
    }  # fmt: skip


def compared_clips(
    service: Service, faults: Faults, task: RecogniserTask, pair: tuple[str, str],
    language: Language,
) -> dict[str, Any]:  # fmt: skip
    """Clips on which two versions differ, and which of them labels say was right, as JSON values.

    pair: the active version and the one in the shadow. `labelled`: of all clips that both judged
    and that have a label.
    """
    active, shadow = pair
    query = (
        select(ModelAgreement, ClipRecord, ClipFacts, ClipLabel)
        .join(ClipRecord, ClipRecord.id == ModelAgreement.clip_id)
        .join(ClipFacts, ClipFacts.clip_id == ClipRecord.id)
        .outerjoin(ClipLabel, (ClipLabel.clip_id == ClipRecord.id) & (ClipLabel.task == task))
        .where(ModelAgreement.task == task, ModelAgreement.active == active,
               ModelAgreement.shadow == shadow)
        .order_by(ClipRecord.created_at.desc(), ClipRecord.id)
    )  # fmt: skip
    catch_up(service.records)
    counted = {"both": 0, "active_only": 0, "shadow_only": 0, "neither": 0}
    differ: list[dict[str, Any]] = []
    compared = 0
    with reading(service.records) as session:
        rows = session.execute(query, execution_options={"yield_per": 500})
        for row in rows:
            agreement, record, facts, label = row
            compared += 1
            right = _right(row)
            if right is not None:
                counted[right] += 1
            if agreement.agree and agreement.data["same_first"]:
                continue
            if len(differ) < COMPARED:
                differ.append(
                    row_of(record, facts, faults.ids, language)
                    | {"active": agreement.data["active"], "shadow": agreement.data["shadow"],
                       "same_verdict": agreement.agree, "right": right,
                       "label": None if label is None else label_of(label)}
                )  # fmt: skip
    return {
        "task": task, "active": active, "shadow": shadow, "compared": compared,
        "labelled": counted, "p_value": _mcnemar(counted["active_only"], counted["shadow_only"]),
        "clips": differ,
    }  # fmt: skip


def _right(row: Row[ModelAgreement, ClipRecord, ClipFacts, ClipLabel | None]) -> str | None:
    """Which of both has a labelled type first; None without a label that says one."""
    agreement, _, _, label = row
    if label is None or label.types == [UNSURE]:
        return None
    active = agreement.data["active"]["first"] in label.types
    shadow = agreement.data["shadow"]["first"] in label.types
    if active and shadow:
        return "both"
    return "active_only" if active else "shadow_only" if shadow else "neither"


def _mcnemar(only_one: int, only_other: int) -> float | None:
    """Exact two-sided p of McNemar's test (McNemar 1947): of the clips that one version alone has
    right, whether it is one of them more often than chance. None where there is no such clip."""
    n = only_one + only_other
    if n == 0:
        return None
    tail = sum(comb(n, k) for k in range(min(only_one, only_other) + 1)) / 2**n
    return round(min(1.0, float(2 * tail)), 4)

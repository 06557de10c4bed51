"""The card of a retrained bundle: what changed, what it is worth, and the card it started from."""

from collections import Counter
from collections.abc import Sequence

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise_retraining.checkpoint import Checkpoint
from tingzhen.training.noise_retraining.comparison import Paired
from tingzhen.training.noise_retraining.telling import Facts, conclusion, named, warnings

CHANGES = {
    "no_change": "nothing: the shipped model was as good",
    "anchors_only": "the new clips count as learned ones; the heads are those that were shipped",
    "weak": "heads with a small difference, and the new clips as learned ones",
    "middle": "heads with a difference, and the new clips as learned ones",
    "strong": "heads with a large difference, and the new clips as learned ones",
}


def retrained_card(
    start: Checkpoint, facts: Facts, clips: Sequence[NoiseClip], metadata: dict[str, object]
) -> str:
    """Markdown, zh and en where a person decides by it."""
    end = conclusion(facts)
    info = start.info
    lines = [
        f"# {metadata['name']} {metadata['version']}",
        "",
        f"Retrained from {info.name} {info.version} ({info.sha256[:12]}) at commit "
        f"{metadata['training_commit']}, seed {metadata['seed']}, on {len(clips)} clips of "
        f"{facts.total} recordings.",
        "",
        f"**{end.en}**",
        "",
        f"**{end.zh}**",
        "",
        *(f"- {text.en} {text.zh}" for text in warnings(facts)),
        "",
        f"Changed: {CHANGES[facts.strength.name]}. Trunk, listener, gate and calibration are those "
        "that were shipped. Figures below the next heading are of the shipped bundle.",
        "",
        "## Shipped against retrained",
        "",
        "On new recordings by grouped cross-validation: the retrained model has not heard the "
        "recording, strength and thresholds are chosen by other folds. A type is right when it is "
        "named first. Of types that the recordings lack, synthetic scenes that are trained on in "
        "no run. Intervals are exact and conservative; one row in forty may still be called "
        "better or worse by chance.",
        "",
        "| what | n | shipped | retrained | won | lost | difference (95 %) | |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(row) for row in facts.compared),
        "",
        "## New recordings",
        "",
        *_recordings(clips),
        "",
    ]
    if start.card:
        lines += ["## The bundle it started from", "", *_demoted(start.card)]
    return "\n".join([*lines, ""])


def _row(row: Paired) -> str:
    value = (row.won - row.lost) / row.n
    return (
        f"| {named(row).en} | {row.n} | {row.shipped} | {row.retrained} "
        f"| {row.won} | {row.lost} | {value:+.2f} ({row.low:+.2f} to {row.high:+.2f}) | "
        f"{row.outcome} |"
    )


def _recordings(clips: Sequence[NoiseClip]) -> list[str]:
    found = Counter(
        (source, type_)
        for source, type_, _ in {(c.source, t, c.group) for c in clips for t in c.types}
    )
    lines = ["| source | type | recordings |", "|---|---|---|"]
    for source, type_ in sorted(found, key=lambda key: (key[0], NOISE_TYPES.index(key[1]))):
        lines.append(f"| {source} | {type_} | {found[source, type_]} |")
    return lines


def _demoted(card: str) -> list[str]:
    """Its headings one level lower; what it in turn started from is left to its own card."""
    lines: list[str] = []
    for line in card.strip().splitlines():
        if line == "## The bundle it started from":
            break
        lines.append(f"##{line}" if line.startswith("#") else line)
    return lines

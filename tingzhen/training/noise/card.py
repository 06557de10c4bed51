"""The model card of a noise bundle."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.hearings import Recipe

SOURCE_TERMS: Mapping[str, str] = {
    "bus_cc0": "CC0",
    "cdda_cc": "CC0 and CC BY",
    "esc10": "ESC-10 (Piczak 2015), CC BY 3.0",
    "karodievas_engines": "MIT",
    "passby": "CC0",
}
"""What is known of the terms of the sources that were used so far."""


def _figure(value: Mapping[str, Any] | None) -> str:
    if value is None:
        return "-"

    def number(x: Any) -> str:
        return "-" if x is None else f"{x:.2f}"

    bounds = f"{number(value['low'])} to {number(value['high'])}"
    return f"{number(value['value'])} ({bounds}, n={value['n']})"


ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("balanced accuracy over seven types", ("balanced_accuracy",)),
    ("right type among the first two", ("among_first_two",)),
    ("macro AUC", ("macro_auc",)),
    ("balanced accuracy on what is answered", ("selective", "balanced_accuracy")),
    ("share that is answered", ("selective", "coverage")),
    ("calibration error of the first type", ("calibration_error",)),
)
SPLITS = {
    "by_recording": "by recording",
    "source_left_out": "whole source left out",
    "source_left_out_5": "the same, five recordings of the type elsewhere",
    "synthetic_faults": "healthy recordings and synthetic faults only",
    "synthetic_only": "synthetic sound only",
}
UNDECIDED = ("synthetic_faults", "synthetic_only")
"""Nothing is decided by one head alone."""


def _table(splits: Mapping[str, Any]) -> list[str]:
    """One row a figure, one column a split."""
    known = [name for name in SPLITS if name in splits]

    def row(text: str, path: tuple[str, ...]) -> str:
        cells = []
        for name in known:
            cell: Any = splits[name]
            for key in path:
                cell = cell.get(key) if cell else None
            cells.append("-" if name in UNDECIDED and path[0] == "verdict" else _figure(cell))
        return f"| {text} | " + " | ".join(cells) + " |"

    first = splits["by_recording"]
    lines = [
        "| figure | " + " | ".join(SPLITS[name] for name in known) + " |",
        "|---" * (1 + len(known)) + "|",
    ]
    lines += [row(text, path) for text, path in ROWS]
    lines += [row(name.replace("_", " "), ("verdict", name)) for name in first["verdict"]]
    lines += [row(f"recall of {name}", ("recall", name)) for name in first["recall"]]
    return lines


def _marks(evaluation: Mapping[str, Any]) -> list[str]:
    lines = ["| mark | limit | figure | |", "|---|---|---|---|"]
    for mark in evaluation["marks"]:
        figure = mark["figure"]
        if figure is None:
            shown = "-"
        elif figure["low"] is None:
            shown = f"{figure['value']:g}"
        else:
            shown = _figure(figure)
        lines.append(
            f"| {mark['name']} | {mark['comparison']} {mark['limit']:g} | {shown} | "
            f"{mark['verdict']} |"
        )
    return lines


def _types(metadata: Mapping[str, Any], clips: Sequence[NoiseClip]) -> list[str]:
    recordings = Counter(type_ for type_, _ in {(t, c.group) for c in clips for t in c.types})
    words = {
        "recordings": "recordings of several sources",
        "one_source": "recordings, nearly all of one source",
        "synthetic": "synthetic sound",
    }
    lines = ["| type | recordings | learned from | threshold near | far |", "|---|---|---|---|---|"]
    for type_ in NOISE_TYPES:
        near, far = (metadata[key].get(type_) for key in ("thresholds", "far_thresholds"))
        shown = " | ".join("-" if p is None else f"{p:.2f}" for p in (near, far))
        learned = words[metadata["provenance"][type_]]
        lines.append(f"| {type_} | {recordings[type_]} | {learned} | {shown} |")
    return lines


def _sources(clips: Sequence[NoiseClip]) -> list[str]:
    lines = ["| source | clips | recordings | terms |", "|---|---|---|---|"]
    for source in sorted({c.source for c in clips}):
        own = [c for c in clips if c.source == source]
        terms = SOURCE_TERMS.get(source, "none stated; recordings are not redistributed")
        lines.append(f"| {source} | {len(own)} | {len({c.group for c in own})} | {terms} |")
    return lines


def noise_card(
    metadata: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    clips: Sequence[NoiseClip],
    recipe: Recipe,
) -> str:
    """Markdown: what it is, types, marks, figures, limits, sources with their terms."""
    real = [c for c in clips if c.source != GENERATED]
    generated = len(clips) - len(real)
    controls = "; ".join(
        f"{name.replace('_', ' ')} {_figure(value['balanced_accuracy'])}, margin "
        f"{_figure(value['margin'])}"
        for name, value in evaluation["controls"].items()
    )
    events, quiet = (evaluation["events"][key] for key in ("by_type", "without_fault"))
    lines = [
        f"# {metadata['name']} {metadata['version']}",
        "",
        "Hears noise types in up to a few minutes of sound from a phone. One ONNX graph: waveform, "
        "level normalisation, log-mel, the middle of an AudioSet trunk (YAMNet, Google, "
        "Apache-2.0, frozen), two linear heads with a gate between them, and a listener that says "
        "when.",
        "",
        f"Trained at commit {metadata['training_commit']} on {len(real)} clips of "
        f"{len({c.group for c in real})} recordings, {recipe.beds} mixtures of synthetic faults "
        f"over real vehicles, {recipe.scenes} synthetic scenes and {generated} generated sounds "
        f"(tones, chords, noise) as `not_vehicle`; seed {metadata['seed']}. Synthetic and "
        "generated sounds are in no figure below, except under Events.",
        "",
        "## Types",
        "",
        *_types(metadata, real),
        "",
        "A type learned from synthetic sound says so wherever it is shown, and is claimed only "
        f"from {metadata['synthetic_limits']['min_probability']} up and when it is heard for "
        f"{metadata['synthetic_limits']['min_event_s']:g} s. Thresholds lie between the two "
        "columns, by how near a clip lies to recordings that were learned.",
        "",
        "## Marks",
        "",
        *_marks(evaluation),
        "",
        "## Figures",
        "",
        "Value (95 % bootstrap interval over recordings, n recordings). By recording: "
        f"{evaluation['folds']}-fold cross-validation, mean of {evaluation['repeats']} repeats, no "
        "recording on both sides, its stretches under synthetic faults included; gate, calibration "
        "and thresholds fitted on the other folds. Whole source left out: nothing has met the "
        "source; over types that any other source has, and over types of which other sources have "
        "five recordings. Healthy recordings and synthetic faults only: no recording of a fault "
        "was learned from, and no healthy one on both sides. Synthetic sound only: no recording at "
        "all was learned from.",
        "",
        *_table(evaluation["splits"]),
        "",
        "Chosen after looking at figures of these same recordings, which may therefore flatter: "
        "the trunk's layer (among five), what is pooled over time, the weight decays (three values "
        "each), the shares of recordings, mixtures and scenes in each head, where the gate lies "
        "(four values), how much of the first head is left beyond it (five values), "
        "that calibration has no shift by type and is fitted on the first of the "
        "seven types, the lowest threshold of types of one source (0.80), and the two numbers of "
        "the rule for hearing no vehicle (0.03, 0.001). The synthesis was compared with these "
        "recordings and widened towards them.",
        "",
        "Controls, balanced accuracy over the same recordings and folds, and the model's margin "
        f"over them: {controls}. What such features reach is no skill at hearing faults.",
        "",
        "## Events",
        "",
        "Synthetic faults over healthy recordings, at 0 dB and above, heard by a listener that "
        "learned from the other half of the recordings, with thresholds chosen there; the shipped "
        "one learned from both. F1 over segments of 0.25 s. Every type that the listener hears "
        "counts, whatever the clip's verdict.",
        "",
        "| type | F1 | marking the whole clip |",
        "|---|---|---|",
        *(
            f"| {name} | {_figure(value['f1'])} | {_figure(value['whole_clip'])} |"
            for name, value in events.items()
        ),
        "",
        "Healthy recordings without a fault over them: the listener finds an event in a share of "
        f"{_figure(quiet['clips_with_an_event'])}; shown are only those of a claimed type.",
        "",
        "## Limits",
        "",
        "- Most faults come from one source each. With that source left out almost nothing real of "
        "the type is left to learn from, and the columns show it: on cars and phones unlike those "
        "heard, trust `cannot_tell` and the diagnosis, not the type alone.",
        "- Confidence is calibrated on recordings of sources that were heard, each weighing the "
        "same: on another phone it is less sure than it says.",
        "- Speech, music, silence, wind and sounds far from all training clips give `cannot_tell`.",
        "- Nothing above 7.5 kHz is heard. Labels are what uploaders say; `car_clean` is weak.",
        "- No recording says when a fault is heard: events rest on mixtures alone.",
        "",
        "## Sources",
        "",
        *_sources(real),
    ]
    return "\n".join([*lines, ""])

"""The model card of a noise bundle."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip

SOURCE_TERMS: Mapping[str, str] = {
    "bus_cc0": "CC0",
    "cdda_cc": "CC0 and CC BY",
    "esc10": "ESC-10 (Piczak 2015), CC BY 3.0",
    "karodievas_engines": "MIT",
    "passby": "CC0",
}
"""What is known of the terms of the sources that were used so far."""


def _figure(value: Mapping[str, Any]) -> str:
    def number(x: Any) -> str:
        return "-" if x is None else f"{x:.2f}"

    bounds = f"{number(value['low'])} to {number(value['high'])}"
    return f"{number(value['value'])} ({bounds}, n={value['n']})"


def _table(evaluation: Mapping[str, Any]) -> list[str]:
    within = evaluation["by_recording"]
    empty = {"value": None, "low": None, "high": None, "n": 0}
    apart = evaluation.get("source_left_out") or {}
    known = evaluation.get("source_left_out_type_known") or {}

    splits = [within, apart, known]

    def row(text: str, *keys: str) -> str:
        cells = [split.get(keys[0]) for split in splits]
        for key in keys[1:]:
            cells = [cell and cell.get(key) for cell in cells]
        return f"| {text} | " + " | ".join(_figure(cell or empty) for cell in cells) + " |"

    rows = [
        ("balanced accuracy over seven types", "balanced_accuracy"),
        ("right type among the first two", "among_first_two"),
        ("macro AUC", "macro_auc"),
        ("calibration error of the first type", "calibration_error"),
    ]
    lines = [
        "| figure | by recording | whole source left out | the same, type known elsewhere |",
        "|---|---|---|---|",
    ]
    lines += [row(text, key) for text, key in rows]
    lines += [row(name.replace("_", " "), "verdict", name) for name in within["verdict"]]
    lines += [row(f"recall of {name}", "recall", name) for name in within["recall"]]
    return lines


def noise_card(
    metadata: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    clips: Sequence[NoiseClip],
) -> str:
    """Markdown: what it is, types, figures, limits, sources with their terms."""
    real = [c for c in clips if c.source != GENERATED]
    recordings = Counter(type_ for type_, _ in {(t, c.group) for c in real for t in c.types})
    heard = f"{len(real)} clips of {len({c.group for c in real})} recordings"
    trained = set(metadata["trained"])
    lines = [
        f"# {metadata['name']} {metadata['version']}",
        "",
        "Hears noise types in up to a few minutes of sound from a phone. One ONNX graph: waveform, "
        "level normalisation, log-mel, AudioSet trunk (YAMNet, Google, Apache-2.0, frozen), "
        "a linear head on embeddings and modulation features averaged over 1.6 s.",
        "",
        f"Trained at commit {metadata['training_commit']} on {heard}, seed {metadata['seed']}.",
        "",
        "## Types",
        "",
        "| type | recordings | trained | threshold |",
        "|---|---|---|---|",
    ]
    for type_ in NOISE_TYPES:
        threshold = metadata["thresholds"].get(type_)
        lines.append(
            f"| {type_} | {recordings[type_]} | {'yes' if type_ in trained else 'no'} | "
            f"{'-' if threshold is None else f'{threshold:.2f}'} |"
        )
    lines += [
        "",
        f"A type that was not trained keeps the probability {metadata['untrained_probability']}: "
        "it says nothing of the clip and is never claimed. Rumble, hiss and the like are heard by "
        "nobody here until recordings exist.",
        "",
        "## Figures",
        "",
        "Value (95 % bootstrap interval over recordings, n recordings). By recording: "
        f"{evaluation['folds']}-fold cross-validation, no recording on both sides, calibration and "
        "thresholds fitted on the other folds. Whole source left out: neither the head nor the "
        "calibration has met the source; type known elsewhere: only recordings whose type at "
        "least five recordings of other sources hold. Verdicts by types alone. The weight decay "
        "(three values), what is pooled over time, the weighting of the calibration and three "
        "numbers of the verdict rule (0.5, 0.8, 0.2) were chosen among a few after looking at "
        "such figures: they may flatter a little.",
        "",
        *_table(evaluation),
        "",
        "Controls, balanced accuracy over the same recordings and folds: "
        + "; ".join(
            f"{name.replace('_', ' ')} {_figure(value)}"
            for name, value in evaluation["controls"].items()
        )
        + ". What such features reach is no skill at hearing faults.",
        "",
        "## Limits",
        "",
        "- Most faults come from one source each. With that source left out almost nothing of the "
        "type is left to learn from, and the right-hand column shows it: on cars and phones unlike "
        "those heard, trust `cannot_tell` and the diagnosis, not the type alone.",
        "- Confidence is calibrated on recordings of sources that were heard, all types weighing "
        "the same: it says what the sound says, not how frequent a fault is, and on another "
        "phone it is less sure than it says.",
        "- Speech, music, silence, wind and sounds far from all training clips give `cannot_tell`.",
        "- Nothing above 7.5 kHz is heard. Labels are what uploaders say; `car_clean` is weak.",
        "",
        "## Sources",
        "",
        "| source | clips | recordings | terms |",
        "|---|---|---|---|",
    ]
    for source in sorted({c.source for c in clips if c.source != GENERATED}):
        own = [c for c in clips if c.source == source]
        terms = SOURCE_TERMS.get(source, "none stated; recordings are not redistributed")
        lines.append(f"| {source} | {len(own)} | {len({c.group for c in own})} | {terms} |")
    generated = sum(c.source == GENERATED for c in clips)
    lines += ["", f"And {generated} generated sounds (tones, chords, noise) as `not_vehicle`; they "
              "are in no figure."]  # fmt: skip
    return "\n".join([*lines, ""])

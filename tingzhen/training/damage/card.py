"""The card of a damage bundle: what it is for, what it was taught with, how well it does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.vision.vocabulary import EXPERIMENTAL_DAMAGES

# As the sources state them; a source that is not listed here is named without a licence.
_SOURCES = {
    "bilgi_phone": "Bilgi University Car Damage, CC BY 4.0: phone photos of damage with boxes",
    "chandu_tyre_defect": "tyre defects with boxes, CC BY 4.0",
    "insurance224": "small photos of damage, wrecks and undamaged cars; no licence stated",
    "surya_web": "web photos with boxes of damaged parts; no licence stated",
    "tyre_mrc": "good and worn treads, noisy labels; no licence stated",
    "fmejbah_stanford_cars": "undamaged cars, whole and close up; research use only",
    "yoavmai_plates": "undamaged rears and fronts; no licence stated",
    "awaissabit_engine_frames": "engine bays, nothing to report; no licence stated",
    "elischwartz_imagenet": "everyday things that are no vehicles; research use only",
}

_HEAD = """# Damage model {version}

One ONNX file: a picture in, a score for each damage type and a coarse map of places out. Backbone
EfficientNet-{kind} (PyPI package {backbone}, Apache-2.0, ImageNet); {learning} was trained on the
pictures below, at {input_px} px, with boxes as the truth of places.

It is for photos and phone clips of cars, lorries and vans in daylight or good light. It is no
basis for an insurance claim, and "undamaged" means that no damage was seen in these pictures.

## What it was taught with

No picture is part of this bundle or of the repository.
"""

_LIMITS = """
## Limits

- Undamaged cars come from other sources than damaged ones. Views of parts of damaged photos
  outside all boxes and close views of undamaged cars reduce what the source and the framing give
  away; how much is left shows on cars of other sources only. `crops` above is the comparison in
  which source and framing are the same on both sides.
- Sources that name one damage for a whole picture say nothing about the others; what is not said
  is neither taught nor scored. Out-of-fold figures on them are about what is said.
- {experimental} are experimental: few series of photos, each with
  one label, so the source gives the label away in part.
- Never taught: flat tyres, rust, leaks, lit dashboards, motorcycles, night pictures, dirt and
  water drops that look like damage.
- Engine bays are few in the training pictures: reflections in the strip of windscreen above one
  can look like shattered glass.
- An everyday thing that fills the picture can be taken for a vehicle; how often stands above.
- The map has cells of 16 pixels: a place is a hint where to look, not an outline.
- Calibration holds for a mixture of pictures like the one above. Where damage is rarer, the stated
  probabilities are too high.
"""


def write_card(
    pictures: Sequence[DamagePicture], evaluation: Mapping[str, Any], config: Mapping[str, Any]
) -> str:
    """The card in Markdown; every figure in it is taken from `evaluation`."""
    network = config["fit"]["network"]
    frozen = network["frozen_blocks"]
    learning = f"all behind its block {frozen - 1}" if frozen else "all of it"
    lines = [_HEAD.format(**config, kind=network["backbone"], learning=learning)]
    lines += _sources(pictures)
    grouped = evaluation["splits"]["grouped"]
    lines += [
        "", "## How well it does", "",
        f"Grouped cross-validation, {grouped['folds']} folds: networks, calibrations and",
        "thresholds never saw the groups that they are scored on, nor copies of their pictures.",
        "In brackets the 95 % interval of a bootstrap over whole groups; n: number of groups.",
        "All of it is in evaluation.json and report.html, which `tingzhen train damage` writes.",
    ]  # fmt: skip
    for source, of_source in grouped["by_source"].items():
        lines += ["", f"### {source} ({of_source['pictures']} pictures)", ""]
        lines += _of_source(of_source)
    if crops := grouped.get("crops"):
        lines += [
            "", "### crops: the same photos with and without damage in the crop", "",
            f"{crops['near']} crops with damage, {crops['free']} without: AUC "
            f"{_figure(crops['auc'])}; called damaged: with damage "
            f"{_figure(crops['near_called_damaged'])}, without "
            f"{_figure(crops['free_called_damaged'])}.",
        ]  # fmt: skip
    lines += (
        _left_out(evaluation) + _forms(evaluation["forms"]) + _precision(evaluation["precision"])
    )
    lines += ["", "## Marks", "", "| mark | wanted | measured | |", "|---|---|---|---|"]
    for mark in evaluation["marks"]:
        measured = "–" if mark["figure"] is None else _figure(mark["figure"])
        wanted = f"{mark['comparison']} {mark['limit']}"
        lines.append(f"| {mark['name']} | {wanted} | {measured} | {mark['verdict']} |")
    lines.append(_LIMITS.format(experimental=", ".join(sorted(EXPERIMENTAL_DAMAGES))))
    return "\n".join(lines)


def _sources(pictures: Sequence[DamagePicture]) -> list[str]:
    lines = ["| source | pictures | groups | what |", "|---|---|---|---|"]
    counts = Counter(picture.source for picture in pictures)
    groups = {(picture.source, picture.group) for picture in pictures}
    for source, count in sorted(counts.items()):
        own = sum(name == source for name, _ in groups)
        lines.append(f"| {source} | {count} | {own} | {_SOURCES.get(source, '')} |")
    return lines


def _left_out(evaluation: Mapping[str, Any]) -> list[str]:
    figures = evaluation["splits"].get("source_left_out")
    if figures is None:
        return []
    names = ", ".join(evaluation["left_out"])
    lines = ["", "### Sources left out", "",
             f"By a network that learned nothing of {names}, calibrated without them."]  # fmt: skip
    for source, of_source in figures["by_source"].items():
        lines += ["", f"{source} ({of_source['pictures']} pictures):", "", *_of_source(of_source)]
    return lines


def _forms(forms: Mapping[str, Any]) -> list[str]:
    lines = [
        "", "## Form", "",
        f"Shipped: {forms['chosen']}. Mean average precision on held-out phone photos by the",
        "networks of the folds in each form; a form passes when it loses less than",
        f"{forms['largest_loss']} against float32, the whole interval of the paired difference",
        "included.",
        "",
        "| form | mean average precision | loss | ms a picture, one core | MB | passes |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, of in forms["forms"].items():
        loss = _figure(of["loss"], digits=4)
        passes = "yes" if of["passes"] else "no"
        row = [name, _figure(of["map"], digits=3), loss, of["ms"], of["megabytes"], passes]
        lines.append("| " + " | ".join(str(cell) for cell in row) + " |")
    return lines


def _precision(precision: Mapping[str, Any]) -> list[str]:
    lines = [
        "", "## Thresholds", "",
        f"A type is reported from the lowest probability at which {precision['stated']:.0%} of the",
        "held-out pictures that reach it show it, raised so that at most 2 % of the undamaged",
        "pictures of any source reach it, and never below 0.5. On the pictures that chose them:",
        "",
        "| type | precision | recall |", "|---|---|---|",
    ]  # fmt: skip
    for name, of in precision["types"].items():
        cells = ["–" if of[k] is None else f"{of[k]:.2f}" for k in ("precision", "recall")]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _of_source(figures: Mapping[str, Any]) -> list[str]:
    lines = []
    if "map" in figures:
        lines += [
            f"Mean average precision {_figure(figures['map'])}; calibration error "
            f"{_figure(figures['calibration_error'])}.",
            "",
        ]
    if "types" in figures:
        lines += [
            "| type | positives | average precision | AUC | precision | recall |",
            "|---|---|---|---|---|---|",
        ]
        for name, of in figures["types"].items():
            cells = [_figure(of[k]) for k in ("average_precision", "auc", "precision", "recall")]
            lines.append(f"| {name} | {of['positives']} | " + " | ".join(cells) + " |")
        lines.append("")
    if figures.get("place_by_chance") is not None:
        lines += [
            f"Centre of the best finding in a true box: {_figure(figures['place'])}; by chance "
            f"{figures['place_by_chance']:.2f}.",
            "",
        ]
    for kind, shares in figures["verdicts"].items():
        told = ", ".join(
            f"{name[7:]} {_figure(value)}"
            for name, value in shares.items()
            if name.startswith("called_")
        )
        lines.append(f"- {kind} pictures called: {told}")
    return lines


def _figure(interval: Mapping[str, Any], *, digits: int = 2) -> str:
    if interval["value"] is None:
        return "–"
    count = "" if interval["n"] is None else f" (n {interval['n']})"
    if interval["low"] is None:
        return f"{interval['value']:.{digits}f}{count}"
    return (
        f"{interval['value']:.{digits}f} [{interval['low']:.{digits}f}, "
        f"{interval['high']:.{digits}f}]{count}"
    )

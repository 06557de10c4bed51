"""The evaluation as one HTML page: works offline, asks no other host for anything, prints."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tingzhen.audio.vocabulary import NOISE_NAMES, NOISE_TYPES
from tingzhen.language import Text
from tingzhen.training.noise_measuring import report_charts as charts
from tingzhen.training.noise_measuring.marks import marks_table
from tingzhen.training.noise_measuring.mistakes import Mistake, sound_uri, spectrogram_uri

TEMPLATES: Final = Path(__file__).parent / "templates"
MOST_BYTES: Final = 7_500_000
"""Sounds and pictures of further mistakes are left out beyond this, so that a page can be sent."""
LIKELIEST: Final = 4

SECTIONS: Final[Mapping[str, Text]] = {
    "marks": Text("指标", "Marks"),
    "figures": Text("各种划分", "Figures, split by split"),
    "types": Text("按类型", "Type by type"),
    "confusion": Text("混淆矩阵", "Confusion"),
    "coverage": Text("风险与覆盖率", "Answering only when sure"),
    "calibration": Text("校准", "Calibration"),
    "alarms": Text("误报", "False alarms by source"),
    "verdicts": Text("结论", "Verdicts by type"),
    "controls": Text("对照", "Controls that hear nothing"),
    "one_source": Text("同一来源内", "A fault against normal inside one source"),
    "events": Text("事件", "Events in time"),
    "robustness": Text("抗干扰", "Robustness"),
    "novelty": Text("陌生声音", "Unlike anything learned"),
    "mistakes": Text("最严重的错误", "The worst mistakes, to listen to"),
}
ROWS: Final[Sequence[tuple[str, tuple[str, ...]]]] = (
    ("balanced accuracy over seven types", ("balanced_accuracy",)),
    ("right type among the first two", ("among_first_two",)),
    ("macro AUC", ("macro_auc",)),
    ("macro average precision", ("macro_average_precision",)),
    ("calibration error", ("calibration_error",)),
    ("balanced accuracy on what is answered", ("selective", "balanced_accuracy")),
    ("share that is answered", ("selective", "coverage")),
    ("faults called abnormal", ("verdict", "faults_called_abnormal")),
    ("faults: cannot tell", ("verdict", "faults_cannot_tell")),
    ("normal vehicles called abnormal", ("verdict", "normals_called_abnormal")),
    ("normal vehicles: cannot tell", ("verdict", "normals_cannot_tell")),
    ("unchecked vehicles called abnormal", ("verdict", "weak_normals_called_abnormal")),
    ("negatives without machinery called abnormal",
     ("verdict", "negatives_without_machinery_called_abnormal")),
    ("machinery called abnormal", ("verdict", "machinery_called_abnormal")),
)  # fmt: skip


def write_report(
    path: Path, evaluation: Mapping[str, Any], mistakes: Sequence[Mistake], title: str
) -> None:
    """Write the page of an evaluation, which is described in docs/noise-evaluation.md.

    Sections whose figures are missing are left out. Raises OSError.
    """
    path.write_text(render_report(evaluation, mistakes, title), encoding="utf-8")


def render_report(evaluation: Mapping[str, Any], mistakes: Sequence[Mistake], title: str) -> str:
    """The page as text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["is_figure"] = is_figure
    environment.filters["number"] = number
    environment.filters["plain"] = charts.plain
    splits = evaluation.get("splits") or {}
    content = _content(evaluation, splits, mistakes)
    return environment.get_template("evaluation.html").render(
        title=title,
        style=Markup((TEMPLATES / "evaluation.css").read_text(encoding="utf-8")),  # noqa: S704
        warning=evaluation.get("warning"),
        sections={key: names for key, names in SECTIONS.items() if content[key]},
        splits={charts.split_name(name): figures for name, figures in splits.items()},
        **content,
    )


def _content(
    evaluation: Mapping[str, Any], splits: Mapping[str, Any], mistakes: Sequence[Mistake]
) -> dict[str, Any]:
    """What each section shows; nothing where its figures are missing."""
    return {
        "facts": list(_facts(evaluation)),
        "marks": evaluation.get("marks") or marks_table(evaluation),
        "figures": [
            (label, [_at(figures, path) for figures in splits.values()])
            for label, path in ROWS
            if any(_at(figures, path) for figures in splits.values())
        ],
        "types": charts.by_type_charts(splits),
        "confusion": [
            (charts.split_name(name), figures["confusion"])
            for name, figures in splits.items()
            if "confusion" in figures
        ],
        "coverage": _each(splits, charts.risk_coverage_chart),
        "calibration": _each(splits, charts.reliability),
        "alarms": charts.false_alarm_charts(splits),
        "verdicts": [
            (charts.split_name(name), figures["verdicts_by_type"])
            for name, figures in splits.items()
            if "verdicts_by_type" in figures
        ],
        "controls": evaluation.get("controls"),
        "control_chart": _control_chart(evaluation),
        "one_source": evaluation.get("one_source"),
        "events": evaluation.get("events"),
        "robustness": charts.robustness_charts(evaluation.get("robustness") or {}),
        "robustness_clips": (evaluation.get("robustness") or {}).get("clips"),
        "novelty": list(flat(evaluation.get("novelty") or {})),
        "mistakes": list(_shown(mistakes)),
    }


def number(value: Any, digits: int = 2) -> str:
    """A number for people; bool and text stay what they are."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.{digits}f}".replace("-", "−")
    return str(value)


def is_figure(value: Any) -> bool:
    return isinstance(value, Mapping) and {"value", "low", "high", "n"} <= value.keys()


def flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Names joined by points, with a figure or a plain value each."""
    for name, value in tree.items():
        if isinstance(value, Mapping) and not is_figure(value):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _facts(evaluation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in flat(evaluation.get("model") or {}):
        # A digest is long; its beginning tells bundles apart.
        yield charts.plain(name), number(value)[:24]
    for name in ("folds", "repeats", "seed", "interval", "seen_in_training"):
        if evaluation.get(name) is not None:
            yield charts.plain(name), number(evaluation[name])


def _at(figures: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any] | None:
    place: Any = figures
    for key in path:
        place = (place or {}).get(key)
    return place


def _each(splits: Mapping[str, Any], chart: Any) -> list[tuple[str, Markup]]:
    drawn = [(charts.split_name(name), chart(name, figures)) for name, figures in splits.items()]
    return [(name, picture) for name, picture in drawn if picture is not None]


def _control_chart(evaluation: Mapping[str, Any]) -> Markup | None:
    controls, splits = evaluation.get("controls"), evaluation.get("splits") or {}
    if not controls:
        return None
    compared: Mapping[str, Any] = splits.get("by_recording") or next(iter(splits.values()), {})
    return charts.control_chart(controls, compared.get("balanced_accuracy"))


def _shown(mistakes: Sequence[Mistake]) -> Iterator[dict[str, Any]]:
    """Mistakes as the page shows them, with sound and picture while the page stays small."""
    used = 0
    for mistake in mistakes:
        media: list[str | None] = [sound_uri(mistake.waveform), spectrogram_uri(mistake.waveform)]
        used += sum(len(uri or "") for uri in media)
        if used > MOST_BYTES:
            media = [None, None]
        ranked = sorted(zip(mistake.probabilities, NOISE_TYPES, strict=True), reverse=True)
        yield {
            "mistake": mistake,
            "truth": [NOISE_NAMES[name] for name in NOISE_TYPES if name in mistake.truth],
            "answer": NOISE_NAMES[mistake.answer],
            "likeliest": [(NOISE_NAMES[name], float(p)) for p, name in ranked[:LIKELIEST]],
            "sound": media[0],
            "picture": media[1],
        }

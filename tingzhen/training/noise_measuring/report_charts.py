"""From the evaluation to its charts; a chart whose figures are missing is left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tingzhen.training.charts.intervals import interval_chart
from tingzhen.training.charts.lines import Limit, Line, line_chart
from tingzhen.training.charts.reliability import reliability_chart
from tingzhen.training.noise_measuring.recordings import NAMES

SPLIT_NAMES: Mapping[str, str] = {
    "by_recording": "other recordings",
    "source_left_out": "source left out",
    "source_left_out_5": "source left out, ≥ 5 elsewhere",
    "synthetic_faults": "synthetic faults",
    "synthetic_only": "synthetic only",
    "given": "these recordings",
}
CURVE_NAMES: Mapping[str, str] = {
    "one_threshold": "one threshold",
    "threshold_by_type": "a threshold a type, chosen on others",
}
BY_TYPE: Mapping[str, str] = {
    "recall": "Recall",
    "auc": "AUC, type against all others",
    "average_precision": "Average precision",
}
BY_SOURCE: Mapping[str, str] = {
    "normals_called_abnormal_by_source": "Normal vehicles",
    "weak_normals_called_abnormal_by_source": "Vehicles that nobody checked",
    "negatives_called_abnormal_by_source": "Negatives",
}
FALSE_ALARMS = 0.08


def split_name(key: str) -> str:
    return SPLIT_NAMES.get(key, plain(key))


def plain(name: str) -> str:
    """A name of the evaluation as people write it."""
    return name.replace("_", " ").replace("khz", "kHz")


def by_type_charts(splits: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    """A chart for each of recall, AUC and average precision, the splits side by side."""
    charts = []
    for key, name in BY_TYPE.items():
        types = [t for t in NAMES if any(t in split.get(key, {}) for split in splits.values())]
        rows = [(plain(t), [split.get(key, {}).get(t) for split in splits.values()]) for t in types]
        if rows:
            charts.append((name, interval_chart(
                rows, name=f"{name} by type", description=_said(rows),
                series=[split_name(split) for split in splits],
            )))  # fmt: skip
    return charts


def risk_coverage_chart(split: str, figures: Mapping[str, Any]) -> Markup | None:
    curves = (figures.get("selective") or {}).get("curves")
    if not curves:
        return None
    lines = [
        Line(CURVE_NAMES.get(name, name), [(x, y, None, None) for x, y in points])
        for name, points in curves.items()
        if points
    ]
    ends = "; ".join(
        f"{one.name}: {one.points[0][1]:.2f} at coverage {one.points[0][0]:.2f}, "
        f"{one.points[-1][1]:.2f} at {one.points[-1][0]:.2f}"
        for one in lines
    )
    return line_chart(
        lines, name=f"Balanced accuracy against coverage, {split_name(split)}", description=ends,
        x_name="coverage", y_name="balanced accuracy of what is answered",
        limits=[Limit(0.82, "0.82"), Limit(0.65, "0.65", "x")], size_px=(540, 330),
    )  # fmt: skip


def reliability(split: str, figures: Mapping[str, Any]) -> Markup | None:
    bins = figures.get("reliability")
    return reliability_chart(bins, name=f"Reliability, {split_name(split)}") if bins else None


def false_alarm_charts(splits: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    """A chart for each kind of healthy recording, by source, the splits side by side."""
    charts = []
    for key, name in BY_SOURCE.items():
        sources = sorted({s for split in splits.values() for s in split.get(key, {})})
        rows = [(s, [split.get(key, {}).get(s) for split in splits.values()]) for s in sources]
        if rows:
            charts.append((name, interval_chart(
                rows, name=f"{name} called abnormal, by source", description=_said(rows),
                series=[split_name(split) for split in splits], limits=[FALSE_ALARMS],
            )))  # fmt: skip
    return charts


def control_chart(controls: Mapping[str, Any], model: Mapping[str, Any] | None) -> Markup:
    """Balanced accuracy of the model above that of each control."""
    rows: list[tuple[str, Sequence[Mapping[str, Any] | None]]] = [("the model", [model])]
    rows += [(plain(name), [one["balanced_accuracy"]]) for name, one in controls.items()]
    return interval_chart(
        rows, name="Balanced accuracy of the model and of controls that hear nothing",
        description=_said(rows),
    )  # fmt: skip


def robustness_charts(robustness: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    """One a condition, from undisturbed to the harshest level."""
    charts = []
    for condition, levels in robustness.get("conditions", {}).items():
        figures = [robustness["undisturbed"], *(one["balanced_accuracy"] for one in levels)]
        labels = ["none", *(one["level"] for one in levels)]
        points = [
            (float(i), figure["value"], figure["low"], figure["high"])
            for i, figure in enumerate(figures)
            if figure["value"] is not None
        ]
        said = _said([(label, [one]) for label, one in zip(labels, figures, strict=True)])
        charts.append((condition, line_chart(
            [Line(condition, points)] if points else [],
            name=f"Balanced accuracy under {condition}",
            description=said, x_name="", y_name="balanced accuracy",
            x_range=(-0.35, len(labels) - 0.65), x_labels=labels, markers=True,
            size_px=(352, 220),
        )))  # fmt: skip
    return charts


def _said(rows: Sequence[tuple[str, Sequence[Mapping[str, Any] | None]]]) -> str:
    """The values in words, for those who cannot see the chart."""
    return "; ".join(
        label + " " + ", ".join(_number(figure) for figure in figures) for label, figures in rows
    )


def _number(figure: Mapping[str, Any] | None) -> str:
    return "not known" if figure is None or figure["value"] is None else f"{figure['value']:.2f}"

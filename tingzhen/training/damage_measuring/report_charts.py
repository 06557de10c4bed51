"""From the evaluation to its charts; a chart whose figures are missing is left out.

The drawing itself is that of the noise report.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from tingzhen.language import Text
from tingzhen.training.charts.intervals import interval_chart
from tingzhen.training.charts.lines import Limit, Line, line_chart
from tingzhen.training.charts.reliability import reliability_chart
from tingzhen.vision.vocabulary import DAMAGE_NAMES, VISIBLE_DAMAGES

Figure = Mapping[str, Any] | None

SPLIT_NAMES: Final[Mapping[str, Text]] = {
    "grouped": Text("分组交叉验证", "grouped cross-validation"),
    "source_left_out": Text("未学过的来源", "source left out"),
    "given": Text("给定图片", "these pictures"),
}
BY_TYPE: Final[Mapping[str, Text]] = {
    "average_precision": Text("平均精度", "Average precision"),
    "auc": Text("AUC", "AUC"),
    "precision": Text("报告的精确率", "Precision as reported"),
    "recall": Text("报告的召回率", "Recall as reported"),
    "place": Text("位置正确", "Centre in a true box"),
    "box_recall": Text("框召回率（IoU ≥ 0.3）", "True boxes found at IoU 0.3"),
}
KINDS: Final[Mapping[str, Text]] = {
    "undamaged": Text("完好车辆", "Undamaged vehicles"),
    "engine_bay": Text("发动机舱", "Engine bays"),
    "good_tyre": Text("完好轮胎", "Good tyres"),
    "not_vehicle": Text("日常物品", "Everyday things"),
}
_WANTED = {"undamaged": 0.10, "not_vehicle": 0.02}
_MINI_PX = (262, 252)
# Three beside one another on a desk, and hardly shrunk on a phone; names of sources are longer.
_TYPES_PX, _SOURCES_PX = 352, 440


def split_name(key: str) -> str:
    return SPLIT_NAMES[key].en if key in SPLIT_NAMES else plain(key)


def plain(name: str) -> str:
    """A name of the evaluation as people write it."""
    return name.replace("_", " ")


def type_name(key: str) -> str:
    """English, short enough for a chart."""
    return key.replace("_or_missing_part", " or missing").replace("_", " ")


def by_type_charts(splits: Mapping[str, Any]) -> list[tuple[Text, Markup]]:
    """A chart for each figure of the types, the splits side by side."""
    parts = {name: split["phone_photos"] for name, split in splits.items()}
    charts = []
    for key, name in BY_TYPE.items():
        rows = [
            (type_name(t), [part["types"].get(t, {}).get(key) for part in parts.values()])
            for t in VISIBLE_DAMAGES
            if any(key in part["types"].get(t, {}) for part in parts.values())
        ]
        if rows:
            charts.append((name, interval_chart(
                rows, name=f"{name.en} by type", description=_said(rows),
                series=[split_name(part) for part in parts], width_px=_TYPES_PX,
            )))  # fmt: skip
    return charts


def curve_charts(phone: Mapping[str, Any]) -> list[tuple[Text, Markup]]:
    """Precision against recall, one chart a type, with what is reported; dashed across: the share
    of pictures that show it. The legend names the average precision."""
    charts = []
    for name, of in _types(phone):
        if not of["curve"]:
            continue
        share = of["positives"] / (of["positives"] + of["negatives"])
        ap, recall, precision = (of[key] for key in ("average_precision", "recall", "precision"))
        lines = [Line(f"AP {number(ap)}", [(x, y, None, None) for x, y in of["curve"]])]
        if recall["value"] is not None and precision["value"] is not None:
            lines.append(Line("reported", [(recall["value"], precision["value"], None, None)]))
        charts.append((DAMAGE_NAMES[name], line_chart(
            lines,
            name=f"Precision against recall, {type_name(name)}",
            description=f"average precision {number(ap)}; chance {share:.2f}; reported: "
            f"recall {number(recall)}, precision {number(precision)}",
            x_name="recall", y_name="precision", limits=[Limit(round(share, 4), "")],
            size_px=_MINI_PX,
        )))  # fmt: skip
    return charts


def reliability_charts(phone: Mapping[str, Any]) -> list[tuple[Text, Markup]]:
    """Said against true, one chart a type."""
    charts = []
    for name, of in _types(phone):
        bins = [
            {"confidence": one["said"], "accuracy": one["true"], "n": one["pictures"]}
            for one in of["reliability"]
        ]
        if bins:
            chart = reliability_chart(bins, name=f"Reliability, {type_name(name)}", size_px=232)
            charts.append((DAMAGE_NAMES[name], chart))
    return charts


def false_alarm_charts(splits: Mapping[str, Any]) -> list[tuple[Text, Markup]]:
    """A chart for each kind of picture without damage, by source, the splits side by side."""
    charts = []
    for kind, name in KINDS.items():
        sources = sorted(
            {
                source
                for split in splits.values()
                for source, of in split["by_source"].items()
                if kind in of["verdicts"]
            }
        )
        rows = [
            (source, [_called(split, source, kind) for split in splits.values()])
            for source in sources
        ]
        if rows:
            charts.append((name, interval_chart(
                rows, name=f"{name.en} called damaged, by source", description=_said(rows),
                series=[split_name(split) for split in splits],
                limits=[_WANTED[kind]] if kind in _WANTED else [], width_px=_SOURCES_PX,
            )))  # fmt: skip
    return charts


def transfer_charts(splits: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    """AUC by type, one chart a source, the splits side by side."""
    sources = sorted({source for split in splits.values() for source in split["transfer"]})
    charts = []
    for source in sources:
        parts = [split["transfer"].get(source, {}) for split in splits.values()]
        rows = [
            (type_name(t), [part.get(t, {}).get("auc") for part in parts])
            for t in VISIBLE_DAMAGES
            if any("auc" in part.get(t, {}) for part in parts)
        ]
        if rows:
            charts.append((source, interval_chart(
                rows, name=f"AUC by type, {source}", description=_said(rows),
                series=[split_name(split) for split in splits], value_range=(0.4, 1.0),
                width_px=_TYPES_PX,
            )))  # fmt: skip
    return charts


def number(figure: Figure) -> str:
    return "not known" if figure is None or figure["value"] is None else f"{figure['value']:.2f}"


def _types(phone: Mapping[str, Any]) -> list[tuple[Any, Mapping[str, Any]]]:
    return [(name, phone["types"][name]) for name in VISIBLE_DAMAGES if name in phone["types"]]


def _called(split: Mapping[str, Any], source: str, kind: str) -> Figure:
    of = split["by_source"].get(source, {}).get("verdicts", {}).get(kind, {})
    found: Figure = of.get("called_damaged")
    return found


def _said(rows: Sequence[tuple[str, Sequence[Figure]]]) -> str:
    """The values in words, for those who cannot see the chart."""
    return "; ".join(
        label + " " + ", ".join(number(figure) for figure in figures) for label, figures in rows
    )

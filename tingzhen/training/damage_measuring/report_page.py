"""The evaluation as one HTML page: works offline, asks no other host for anything, prints."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.language import Text
from tingzhen.training.damage_measuring import report_charts as charts
from tingzhen.training.damage_measuring.examples import Example, ExampleKind
from tingzhen.training.damage_measuring.marks import marks_table
from tingzhen.training.damage_measuring.report_pictures import (
    MOST_BYTES,
    name_of,
    shown_examples,
)
from tingzhen.vision.vocabulary import DAMAGE_NAMES

TEMPLATES: Final = Path(__file__).parent / "templates"

SECTIONS: Final[Mapping[str, Text]] = {
    "marks": Text("指标", "Marks"),
    "figures": Text("总体", "Over all types"),
    "types": Text("按类型", "Type by type"),
    "curves": Text("精确率与召回率", "Precision and recall"),
    "calibration": Text("校准", "Calibration"),
    "confusion": Text("混淆矩阵", "Confusion"),
    "alarms": Text("误报", "False alarms by source"),
    "verdicts": Text("结论", "Verdicts"),
    "transfer": Text("迁移到其他来源", "Other sources"),
    "crops": Text("同一照片的局部", "Crops of the same photos"),
    "slices": Text("画质与损伤大小", "Dark, blurred, small"),
    "doubt": Text("陌生图片", "Unlike anything learned"),
    "leaks": Text("数据泄漏检查", "Leak checks"),
    "in_place": Text("位置示例", "Found in place"),
    "false_alarm": Text("最确信的误报", "Worst false alarms"),
    "wrong_type": Text("最确信的错误类型", "Worst wrong types"),
    "missed": Text("漏报", "Missed, called undamaged"),
    "misplaced": Text("位置错误", "Misplaced"),
}
ABOUT: Final[Mapping[ExampleKind, Text]] = {
    "in_place": Text("中心落在真实框内，按概率从高到低。",
                     "The centre lies in a true box; the surest first."),
    "false_alarm": Text("完好车辆或非车辆图片中最确信的损伤。",
                        "The surest damage that was claimed where there is none."),
    "wrong_type": Text("受损车辆上已知不存在的类型；也可能是标注遗漏。",
                       "The surest type that is known not to be there. A label that was forgotten "
                       "is a frequent cause."),
    "missed": Text("被判为未见损伤，最不可疑的在前。",
                   "Called undamaged; the least suspected first."),
    "misplaced": Text("类型正确，但中心不在真实框内。",
                      "The right type, with its centre outside every true box of it."),
}  # fmt: skip
ROWS: Final[Sequence[tuple[Text, str]]] = (
    (Text("平均精度均值", "mean average precision"), "map"),
    (Text("平均 AUC", "mean AUC"), "mean_auc"),
    (Text("校准误差（合并）", "calibration error, types pooled"), "calibration_error"),
    (Text("校准误差（类型平均）", "calibration error, mean over types"),
     "mean_calibration_error"),
    (Text("中心在真实框内", "centre of the best finding in a true box"), "place"),
    (Text("找到且位置正确", "found and in place, of all that is there"), "found_in_place"),
    (Text("真实框召回率", "true boxes found at IoU 0.3"), "box_recall"),
)  # fmt: skip


def render_report(
    evaluation: Mapping[str, Any],
    examples: Mapping[ExampleKind, Sequence[Example]],
    read: Callable[[DamagePicture], NDArray[np.uint8]],
    title: str,
    *,
    most_bytes: int = MOST_BYTES,
) -> str:
    """The page of an evaluation, which is described in docs/damage-evaluation.md.

    Sections whose figures are missing are left out. read: an example's picture as uint8 RGB.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": number, "plain": charts.plain, "name_of": name_of, "type": charts.type_name,
    }  # fmt: skip
    content = _content(evaluation)
    pictures = shown_examples(examples, read, most_bytes=most_bytes)
    shows = content | pictures
    return environment.get_template("evaluation.html").render(
        title=title,
        style=Markup((TEMPLATES / "evaluation.css").read_text(encoding="utf-8")),  # noqa: S704
        warning=evaluation.get("warning"),
        sections={key: names for key, names in SECTIONS.items() if shows.get(key)},
        examples={kind: own for kind, own in pictures.items() if own},
        about=ABOUT,
        names=DAMAGE_NAMES,
        split_name=charts.split_name,
        **content,
    )


def _content(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """What each section shows; nothing where its figures are missing."""
    splits: Mapping[str, Any] = evaluation.get("splits") or {}
    with_phone = {name: split for name, split in splits.items() if "phone_photos" in split}
    main: Mapping[str, Any] = next(iter([*with_phone.values(), *splits.values()]), {})
    phone = main.get("phone_photos")
    return {
        "facts": list(_facts(evaluation)),
        "marks": evaluation.get("marks") or marks_table(evaluation),
        "phone": phone,
        "split_names": [charts.split_name(name) for name in with_phone],
        "figures": [
            (label, [split["phone_photos"].get(key) for split in with_phone.values()])
            for label, key in ROWS
            if any(split["phone_photos"].get(key) for split in with_phone.values())
        ],
        "types": charts.by_type_charts(with_phone) if phone else [],
        "curves": charts.curve_charts(phone) if phone else [],
        "calibration": charts.reliability_charts(phone) if phone else [],
        "confusion": phone.get("confusion") if phone else None,
        "alarms": charts.false_alarm_charts(splits),
        "verdicts": [
            (charts.split_name(name), source, kind, shares)
            for name, split in splits.items()
            for source, of in split["by_source"].items()
            for kind, shares in of["verdicts"].items()
        ],
        "transfer": charts.transfer_charts(splits),
        "transfers": [
            (charts.split_name(name), source, type_, of)
            for name, split in splits.items()
            for source, types in split["transfer"].items()
            for type_, of in types.items()
        ],
        "crops": main.get("crops"),
        "slices": main.get("slices"),
        "doubt": evaluation.get("doubt"),
        "leaks": evaluation.get("leaks"),
    }


def number(value: Any, digits: int = 2) -> str:
    """A number for people; bool and text stay what they are."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.{digits}f}".replace("-", "−")
    return str(value)


def _facts(evaluation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in (evaluation.get("model") or {}).items():
        # A digest is long; its beginning tells bundles apart.
        yield charts.plain(name), number(value)[:24]
    for name in ("trained_on", "seed", "interval"):
        if evaluation.get(name) is not None:
            yield charts.plain(name), number(evaluation[name])
    for name, split in (evaluation.get("splits") or {}).items():
        folds = f", {split['folds']} folds" if split.get("folds") else ""
        counts = f"{split['pictures']} pictures, {split['groups']} groups{folds}"
        yield charts.split_name(name), counts

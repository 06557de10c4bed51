"""The sheets of a base in CSV: their columns, in order, with their names in English and Chinese."""

from dataclasses import dataclass
from typing import Final, Literal

CellKind = Literal["text", "name", "number", "flag", "list", "texts"]


@dataclass(frozen=True, slots=True)
class Column:
    """kind: "text" is kept to the blank; "name" is an id or a word of a vocabulary; "list" holds
    several; "texts" is one language of a list of texts.

    path: where the value stands in the entry; empty where csv_base.py puts it. required: a row
    without it is refused. keep_empty: an empty cell is an empty list, not nothing.
    """

    key: str
    zh: str
    kind: CellKind
    path: tuple[str, ...] = ()
    required: bool = False
    keep_empty: bool = False


def _names(
    key: str, zh: str, path: tuple[str, ...] | str, required: bool = True
) -> tuple[Column, Column]:
    """The Chinese and the English column of a text."""
    at = (path,) if isinstance(path, str) else path
    return (
        Column(f"{key}_zh", f"{zh}（中文）", "text", (*at, "zh"), required),
        Column(f"{key}_en", f"{zh}（英文）", "text", (*at, "en"), required),
    )


def _texts(key: str, zh: str) -> tuple[Column, Column]:
    return (
        Column(f"{key}_zh", f"{zh}（中文）", "texts", (key, "zh"), keep_empty=True),
        Column(f"{key}_en", f"{zh}（英文）", "texts", (key, "en"), keep_empty=True),
    )


_FILE: Final = Column("file", "文件", "name", required=True)
_ID: Final = Column("id", "编号", "name", ("id",), required=True)
_SOURCE: Final = Column("source", "来源", "text", ("source",), required=True)
_COST: Final = Column("cost_cny", "费用（元）", "number", ("cost_cny",))

SHEETS: Final[dict[str, tuple[Column, ...]]] = {
    "systems.csv": (_FILE, _ID, *_names("name", "名称", "name")),
    "components.csv": (_FILE, _ID, *_names("name", "名称", "name")),
    "faults.csv": (
        _FILE, _ID, *_names("name", "名称", "name"),
        Column("component", "部件", "name", ("component",)),
        Column("damage", "外观损伤", "name", ("damage",)),
        Column("prior", "先验权重", "number", ("prior",)),
        Column("powertrain", "动力", "list", ("powertrain",)),
        Column("severity", "严重度", "name", ("severity",), required=True),
        Column("drive_advice", "能否行驶", "name", ("drive", "advice"), required=True),
        *_names("drive_reason", "行驶理由", ("drive", "reason")),
        _SOURCE,
    ),
    "links.csv": (
        Column("fault", "故障", "name", required=True),
        Column("kind", "类别", "name", required=True),
        Column("what", "对象", "name", required=True),
        Column("outcome", "结果", "name"),
        Column("low", "下限", "number"),
        Column("high", "上限", "number"),
        Column("value", "数值", "number", required=True),
    ),
    "repairs.csv": (
        Column("fault", "故障", "name", required=True),
        *_names("steps", "步骤", "steps"), *_texts("parts", "配件"),
        Column("labour_min", "工时（分钟）", "number", ("labour_min",), required=True),
        _COST, *_names("warranty", "质保", "warranty", required=False),
    ),
    "tests.csv": (
        _FILE, _ID, *_names("name", "名称", "name"), *_names("how", "做法", "how"),
        *_texts("tools", "工具"),
        Column("minutes", "用时（分钟）", "number", ("minutes",), required=True),
        _COST,
        Column("risk", "风险", "name", ("risk",), required=True),
        *_names("risk_note", "风险提示", "risk_note", required=False),
        Column("drives", "需行驶", "flag", ("drives",)),
        Column("runs", "需运转", "flag", ("runs",)),
        _SOURCE,
    ),
    "outcomes.csv": (
        Column("test", "检查", "name", required=True),
        _ID, *_names("text", "结果说明", "text"),
        Column("otherwise", "其他情况概率", "number", ("otherwise",), required=True),
    ),
    "gates.csv": (
        _FILE, _ID, *_names("name", "名称", "name"),
        Column("kind", "类别", "name", required=True),
        Column("at_least", "至少", "number", ("at_least",)),
        Column("inputs", "输入", "list", ("inputs",)),
        Column("noise", "声音", "name", ("noise",)),
        Column("prior", "先验权重", "number", ("prior",)),
        Column("fault", "故障", "name", ("fault",)),
        Column("probability", "概率", "number", ("probability",)),
        _SOURCE,
    ),
    "words.csv": (
        _FILE,
        Column("use", "用途", "name", required=True),
        Column("id", "编号", "name"),
        Column("zh", "中文词语", "list", ("zh",), keep_empty=True),
        Column("en", "英文词语", "list", ("en",), keep_empty=True),
        Column("factor", "系数", "number"),
        Column("noises", "声音", "list"),
        Column("when", "情形", "list", ("when",)),
        *_names("reason", "理由", "reason", required=False),
        Column("source", "来源", "text", ("source",)),
    ),
    "recordings.csv": (
        _FILE, _ID,
        Column("for", "用于", "name", ("for",), required=True),
        Column("when", "情形", "list", ("when",)),
        *_names("name", "名称", "name"), *_names("how", "做法", "how"),
    ),
    "settings.csv": (
        _FILE,
        Column("setting", "设置", "name", required=True),
        Column("key", "键", "name"),
        Column("value", "数值", "number", required=True),
        _SOURCE,
    ),
    "sources.csv": (
        Column("of", "类别", "name", required=True),
        Column("id", "编号", "name", required=True),
        Column("field", "字段", "name", required=True),
        _SOURCE,
    ),
}  # fmt: skip
"""File name of each sheet to its columns."""

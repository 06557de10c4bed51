"""What pydantic found wrong, in words for the author of a rule."""

from collections.abc import Mapping
from typing import Any, Final

from tingzhen.language import Text

_OWN: Final[Mapping[str, Text]] = {
    "nothing perceived": Text(
        "至少要有一项听到、看到、存储或说到的：noises（声音）、damages（损伤）、codes（故障码）"
        "或 words（描述）；只凭车型的规律由案例频率给出",
        "at least one thing that is heard, seen, stored or said is needed: noises, damages, codes "
        "or words; what holds for a model alone is learned from cases",
    ),
    "exactly one": Text(
        "fault（故障）、test（检查）、unknown_fault（库外故障）须恰好给出一个",
        "exactly one of fault, test and unknown_fault must be given",
    ),
    "empty range": Text("范围至少要有一端", "a range needs at least one end"),
    "upside down": Text("范围的上端小于下端", "the range ends before it begins"),
}  # fmt: skip
_WANTED: Final[Mapping[str, Text]] = {
    "extra_forbidden": Text("是不认识的键", "is an unknown key"),
    "missing": Text("缺少", "is missing"),
    "float_type": Text("应为数字", "must be a number"),
    "float_parsing": Text("应为数字", "must be a number"),
    "finite_number": Text("应为有限的数字", "must be a finite number"),
    "int_type": Text("应为整数", "must be a whole number"),
    "int_parsing": Text("应为整数", "must be a whole number"),
    "int_from_float": Text("应为整数", "must be a whole number"),
    "string_type": Text("应为文字", "must be text"),
    "model_type": Text("应为一个对象", "must be a mapping"),
    "date_from_datetime_parsing": Text("应为日期，如 2026-11-02", "must be a date like 2026-11-02"),
    "date_parsing": Text("应为日期，如 2026-11-02", "must be a date like 2026-11-02"),
    "date_type": Text("应为日期，如 2026-11-02", "must be a date like 2026-11-02"),
}
_NO_CODE: Final = Text(
    "不是故障码（应类似 P0301 或 P03??）", "is no trouble code (like P0301 or P03??)"
)
_NO_KEY: Final = Text(
    "只能是代号（小写字母开头，字母、数字、-、_，如 t017），不要写姓名",
    "must be a key (a small letter, then letters, digits, - or _, like t017), not a name",
)
_PRIVATE: Final[Mapping[str, Text]] = {
    "vin": Text("车架号", "a vehicle identification number"),
    "phone": Text("电话或证件号", "a phone or identity number"),
    "mail": Text("邮箱", "a mail address"),
    "plate": Text("车牌号", "a number plate"),
}


def problem_text(problem: Mapping[str, Any]) -> Text:
    """One problem of `ValidationError.errors()`, with its key in front."""
    key = ".".join(str(part)[:60] for part in problem["loc"]) or "experience"
    key = key.encode("utf-8", "replace").decode("utf-8")  # half a character pair cannot be shown
    zh, en = _said(problem)
    return Text(f"“{key}”{zh}", f'"{key}" {en}')


def _said(problem: Mapping[str, Any]) -> tuple[str, str]:
    kind, limits = str(problem["type"]), problem.get("ctx", {})
    fixed = _WANTED.get(kind)
    if fixed is not None:
        return fixed.zh, fixed.en
    if kind == "literal_error":
        allowed = str(limits["expected"]).replace(" or ", ", ").replace("'", "")
        said = f"只能是：{allowed}", f"must be one of: {allowed}"
    elif kind == "string_pattern_mismatch":
        said = _no_match(str(limits["pattern"]))
    elif kind == "greater_than_equal":
        said = f"不能小于 {limits['ge']}", f"must be at least {limits['ge']}"
    elif kind == "less_than_equal":
        said = f"不能大于 {limits['le']}", f"must be at most {limits['le']}"
    elif kind.endswith("too_long"):
        most = limits["max_length"]
        said = f"的长度最多为 {most}", f"must have at most {most} entries or characters"
    elif kind.endswith("too_short"):
        least = limits["min_length"]
        said = f"的长度至少为 {least}", f"must have at least {least} entries or characters"
    else:
        said = _own(str(limits.get("error", "")))
    return said


def _no_match(pattern: str) -> tuple[str, str]:
    if "PBCU" in pattern:
        return _NO_CODE.zh, _NO_CODE.en
    if pattern.startswith("^[a-z]"):
        return _NO_KEY.zh, _NO_KEY.en
    return "含有不可用的字符", "holds a character that cannot be kept"


def _own(message: str) -> tuple[str, str]:
    if message in _OWN:
        return f"：{_OWN[message].zh}", f": {_OWN[message].en}"
    head, _, rest = message.partition(": ")
    if head == "twice":
        return f"：{rest} 写了两次（中英文各一次）", f": {rest} is written twice"
    if head == "private":
        found = [_PRIVATE[kind] for kind in rest.split(", ")]
        return (f"中有{'、'.join(t.zh for t in found)}；请勿写个人信息",
                f"holds {', '.join(t.en for t in found)}; leave personal data out")  # fmt: skip
    if head == "no fault":
        return "只能写异常", "must name what is not normal"
    return "的值无效", "has a value that does not fit"

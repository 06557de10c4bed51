"""Bases drawn at random: everything that the format can say, with texts that files stumble over."""

from typing import Any

from hypothesis import strategies as st

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import KNOWLEDGE_DIR
from tingzhen.diagnosis.circumstances import POWERTRAINS, WHEN
from tingzhen.diagnosis.knowledge_files import open_yaml
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

BASE = open_yaml(KNOWLEDGE_DIR / "base.yaml").data
NASTY = st.sampled_from([
    "=1+1", "+86", "-5", "@home", "'=x", "''", "'", "\t=tab", "a|b", "a \\| b", "\\", " both ends ",
    "line\nbreak", "cr\r\nlf", '"quoted"', "a;b,c", "是", "水温高", "＝全角", "yes", "no", "null",
    "~", "1e3", "0x1F", "12:30", "2020-01-01", "# no comment", "- dash", "key: value", "{a}",
    "\u2028", "é", "😀", "%s", "\ufeffbom", "1_000",
])  # fmt: skip
PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cs", "Co", "Cn")), min_size=1, max_size=8)
TEXTS = NASTY | PLAIN
LONGER = TEXTS.map(lambda text: text + "....")  # sources and words have a least length
PROBABILITY = st.floats(0.001, 0.999) | st.sampled_from([0.1, 0.25, 1e-5])
FACTOR = st.floats(0.01, 200) | st.integers(2, 50)
COST = st.floats(0, 1e6) | st.integers(0, 10**6)


def text() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({"zh": TEXTS, "en": TEXTS})


def some(keys: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(keys), values, max_size=3)


def words() -> st.SearchStrategy[list[str]]:
    return st.lists(LONGER, max_size=3)


@st.composite
def outcomes(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(2, 4))
    return [
        {"id": f"o{n}", "text": draw(text()), "otherwise": 1 / count if count != 3 else p}
        for n, p in zip(range(count), (0.5, 0.25, 0.25, 0.0), strict=False)
    ]


@st.composite
def tests(draw: st.DrawFn, id_: str) -> dict[str, Any]:
    test: dict[str, Any] = {
        "id": id_, "name": draw(text()), "how": draw(text()),
        "tools": draw(st.lists(text(), max_size=3)), "minutes": draw(st.integers(1, 600)),
        "risk": "high", "risk_note": draw(text()), "outcomes": draw(outcomes()),
        "source": draw(LONGER),
    }  # fmt: skip
    optional = {"cost_cny": COST, "drives": st.booleans(), "runs": st.booleans(),
                "sources": st.just({"minutes": "a named source"})}  # fmt: skip
    return test | draw(st.fixed_dictionaries({}, optional=optional))


@st.composite
def faults(draw: st.DrawFn, id_: str, test_list: list[dict[str, Any]]) -> dict[str, Any]:
    results = {
        test["id"]: {test["outcomes"][0]["id"]: draw(PROBABILITY)}
        for test in test_list
        if draw(st.booleans())
    }
    ranges = st.fixed_dictionaries(
        {"measure": st.just("ambient_c"), "low": st.floats(-60, 0), "factor": FACTOR},
        optional={"high": st.integers(1, 60)},
    )
    codes = draw(st.lists(st.sampled_from(["P0301", "P030?", "B1C0F"]), unique=True, max_size=2))
    repair = {"steps": draw(text()), "parts": draw(st.lists(text(), max_size=3)),
              "labour_min": draw(st.integers(1, 6000))}  # fmt: skip
    repair |= draw(st.fixed_dictionaries({}, optional={"cost_cny": COST, "warranty": text()}))
    fault: dict[str, Any] = {
        "id": id_, "name": draw(text()), "prior": draw(st.floats(0.001, 100)), "repair": repair,
        "severity": draw(st.sampled_from(["minor", "serious"])),
        "drive": {"advice": "soon", "reason": draw(text())}, "source": draw(LONGER),
        "words": {"zh": ["水泵", *draw(words())], "en": draw(words()), "factor": 8},
        "tests": results,
    }  # fmt: skip
    optional = {
        "powertrain": st.lists(st.sampled_from(POWERTRAINS), min_size=1, unique=True),
        "noises": some(FAULT_NOISES, PROBABILITY), "damages": some(VISIBLE_DAMAGES, PROBABILITY),
        "when": some(WHEN, FACTOR), "ranges": st.lists(ranges, max_size=2),
        "codes": st.just([{"match": code, "factor": draw(FACTOR)} for code in codes]),
        "component": st.just(id_.replace("f", "part")[:5]),
        "sources": st.just({"prior": draw(LONGER), "repair.labour_min": draw(LONGER)}),
    }  # fmt: skip
    return fault | draw(st.fixed_dictionaries({}, optional=optional))


@st.composite
def bases(draw: st.DrawFn) -> dict[str, Any]:
    """File name to data: the shipped settings, and files of faults, tests, gates and words."""
    files = {"base.yaml": {"system": BASE["system"], "settings": BASE["settings"]}}
    for number in range(draw(st.integers(1, 2))):
        made = [draw(tests(f"t{number}_{n}")) for n in range(draw(st.integers(0, 2)))]
        ill = [draw(faults(f"f{number}_{n}", made)) for n in range(draw(st.integers(1, 3)))]
        ids = [fault["id"] for fault in ill]
        data: dict[str, Any] = {
            "system": {"id": f"s{number}", "name": draw(text())},
            "components": [{"id": f"part{number}", "name": draw(text())}],
            "faults": ill,
            "tests": made,
            "events": [{"id": f"e{number}", "name": draw(text()),
                        "probability": draw(PROBABILITY), "source": draw(LONGER)}],
            "gates": [
                {"id": f"g{number}", "name": draw(text()), "kind": "or", "inputs": ids,
                 "source": draw(LONGER), "sources": {}},
                {"id": f"h{number}", "name": draw(text()), "kind": "vote", "at_least": 1,
                 "inputs": [f"g{number}", f"e{number}"], "noise": "whine",
                 "source": draw(LONGER)},
            ],
            "words": draw(st.lists(st.fixed_dictionaries(
                {"zh": words(), "en": words(), "source": LONGER, "when": st.just(["braking"])},
                optional={"noises": st.just({"whine": 4, "hiss": 1.5})}), max_size=2)),
            "dangers": [{"id": f"d{number}", "zh": draw(words()), "en": draw(words()),
                         "reason": draw(text())}],
            "recordings": [{"id": f"r{number}", "for": "noise", "name": draw(text()),
                            "how": draw(text()), "when": draw(st.just([]) | st.just(["bumps"]))}],
        }  # fmt: skip
        name = draw(st.sampled_from(["brakes", "制动", "a b-c"]))
        files[f"{number}{name}.yaml"] = data
    return files

"""From the plain data of checked files to the knowledge base in memory."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tingzhen.diagnosis.circumstances import POWERTRAINS
from tingzhen.diagnosis.fault_trees import BasicEvent, Gate, priors_from_gates
from tingzhen.diagnosis.knowledge import (
    CodeFactor,
    Component,
    Danger,
    DiagnosticOutcome,
    DiagnosticTest,
    Fault,
    KnowledgeBase,
    RangeFactor,
    Recording,
    Repair,
    Settings,
    System,
    WordMeaning,
    Words,
)
from tingzhen.language import Text

Data = Mapping[str, Any]


def build_knowledge(files: Sequence[Data]) -> KnowledgeBase:
    """The base that these files are; they must have passed the schema and the check of meaning."""
    systems = {data["system"]["id"]: _system(data["system"]) for data in reversed(files)}
    settings = next(_settings(data["settings"]) for data in files if "settings" in data)
    events = tuple(_event(item) for _, item in _every(files, "events"))
    gates = tuple(_gate(item, data["system"]["id"]) for data, item in _every(files, "gates"))
    priors = _priors(files, settings, events, gates)
    return KnowledgeBase(
        faults=tuple(
            _fault(item, data["system"]["id"], priors[item["id"]])
            for data, item in _every(files, "faults")
        ),
        tests=tuple(_test(item) for _, item in _every(files, "tests")),
        settings=settings,
        word_meanings=tuple(_word_meaning(item) for _, item in _every(files, "words")),
        dangers=tuple(
            Danger(item["id"], _words(item), _text(item["reason"]))
            for _, item in _every(files, "dangers")
        ),
        recordings=tuple(_recording(item) for _, item in _every(files, "recordings")),
        systems=tuple(systems[id_] for id_ in dict.fromkeys(d["system"]["id"] for d in files)),
        components=tuple(
            Component(item["id"], data["system"]["id"], _text(item["name"]))
            for data, item in _every(files, "components")
        ),
        events=events,
        gates=gates,
    )


def _every(files: Sequence[Data], kind: str) -> Iterable[tuple[Data, Data]]:
    return ((data, item) for data in files for item in data.get(kind, ()))


def _priors(
    files: Sequence[Data],
    settings: Settings,
    events: Sequence[BasicEvent],
    gates: Sequence[Gate],
) -> dict[str, float]:
    """Prior weight of every fault: its own, else its share of its gate's."""
    items = [item for _, item in _every(files, "faults")]
    stated = {item["id"]: float(item["prior"]) for item in items if "prior" in item}
    mechanical = {
        item["id"]: stated[item["id"]]
        for item in items
        if "damage" not in item and item["id"] in stated
    }
    faulty = 1.0 - settings.healthy_prior - settings.other_prior
    return stated | priors_from_gates(gates, events, mechanical, faulty)


def _text(item: Mapping[str, str]) -> Text:
    return Text(item["zh"], item["en"])


def _words(item: Data) -> Words:
    return Words(tuple(item.get("zh", ())), tuple(w.casefold() for w in item.get("en", ())))


def _system(item: Data) -> System:
    return System(item["id"], _text(item["name"]))


def _cost(item: Data) -> float | None:
    return float(item["cost_cny"]) if "cost_cny" in item else None


def _fault(item: Data, system: str, prior: float) -> Fault:
    words = item.get("words", {})
    return Fault(
        id=item["id"], name=_text(item["name"]), system=system, damage=item.get("damage"),
        prior=prior,
        powertrains=frozenset(item.get("powertrain", POWERTRAINS)),
        noises={t: float(p) for t, p in item.get("noises", {}).items()},
        damages={d: float(p) for d, p in item.get("damages", {}).items()},
        when={w: float(x) for w, x in item.get("when", {}).items()},
        ranges=tuple(
            RangeFactor(r["measure"], float(r.get("low", "-inf")), float(r.get("high", "inf")),
                        float(r["factor"]))
            for r in item.get("ranges", ())
        ),
        codes=tuple(CodeFactor(c["match"], float(c["factor"])) for c in item.get("codes", ())),
        words=_words(words), words_factor=float(words.get("factor", 1.0)),
        tests={t: {o: float(p) for o, p in outcomes.items()}
               for t, outcomes in item.get("tests", {}).items()},
        repair=_repair(item["repair"]),
        severity=item["severity"],
        drive=item["drive"]["advice"], drive_reason=_text(item["drive"]["reason"]),
        source=item["source"], component=item.get("component"),
        sources=dict(item.get("sources", {})),
    )  # fmt: skip


def _repair(item: Data) -> Repair:
    return Repair(
        _text(item["steps"]),
        tuple(_text(part) for part in item["parts"]),
        float(item["labour_min"]),
        _cost(item),
        _text(item["warranty"]) if "warranty" in item else None,
    )


def _test(item: Data) -> DiagnosticTest:
    return DiagnosticTest(
        id=item["id"], name=_text(item["name"]), how=_text(item["how"]),
        tools=tuple(_text(tool) for tool in item["tools"]), minutes=float(item["minutes"]),
        risk=item["risk"], risk_note=_text(item["risk_note"]) if "risk_note" in item else None,
        drives=bool(item.get("drives", False)), runs=bool(item.get("runs", False)),
        outcomes=tuple(
            DiagnosticOutcome(o["id"], _text(o["text"]), float(o["otherwise"]))
            for o in item["outcomes"]
        ),
        source=item["source"], cost_cny=_cost(item), sources=dict(item.get("sources", {})),
    )  # fmt: skip


def _word_meaning(item: Data) -> WordMeaning:
    return WordMeaning(_words(item), item.get("noises", {}), tuple(item.get("when", ())))


def _recording(item: Data) -> Recording:
    return Recording(item["id"], item["for"], tuple(item.get("when", ())), _text(item["name"]),
                     _text(item["how"]))  # fmt: skip


def _event(item: Data) -> BasicEvent:
    return BasicEvent(item["id"], _text(item["name"]), item.get("fault"),
                      float(item["probability"]), item["source"],
                      dict(item.get("sources", {})))  # fmt: skip


def _gate(item: Data, system: str) -> Gate:
    inputs = tuple(item["inputs"])
    needed = {"and": len(inputs), "or": 1, "vote": item.get("at_least", 1)}
    return Gate(
        id=item["id"], name=_text(item["name"]), system=system, kind=item["kind"],
        at_least=needed[item["kind"]], inputs=inputs, noise=item.get("noise"),
        prior=float(item["prior"]) if "prior" in item else None, source=item["source"],
        sources=dict(item.get("sources", {})),
    )  # fmt: skip


def _settings(item: Data) -> Settings:
    """Each setting is written as {value, source}."""
    values: dict[str, Any] = {}
    for name, entry in item.items():
        value = entry["value"]
        values[name] = (
            {key: float(number) for key, number in value.items()}
            if isinstance(value, dict)
            else float(value)
        )
    return Settings(**values)

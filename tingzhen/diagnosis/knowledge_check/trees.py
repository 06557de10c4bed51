"""Gates that lead in circles, cannot be computed, or do not fit the links and priors."""

from collections.abc import Iterator

from tingzhen.diagnosis.fault_trees import (
    Connective,
    TreeTooLarge,
    cycles,
    diagram_of,
    leaves_under,
    top_gates,
)
from tingzhen.diagnosis.knowledge_check.entries import Entries, Entry
from tingzhen.diagnosis.knowledge_files import Finding


def gate_shapes(entries: Entries) -> Iterator[Finding]:
    """Circles, votes that cannot come about, trees beyond exact computation."""
    gates = {gate.id: gate for gate in entries.sound["gates"]}
    inputs = entries.inputs()
    circles = list(cycles(inputs))
    for circle in circles:
        shown = " → ".join((*circle, circle[0]))
        yield gates[circle[-1]].finding("cycle", ("inputs",), f"门循环：{shown}，请断开",
                                        f"the gates go in a circle: {shown}; cut it")  # fmt: skip
    for gate in gates.values():
        needed, count = gate.item.get("at_least", 1), len(gate.item["inputs"])
        if needed > count:
            yield gate.finding("contradiction", ("at_least",),
                               f"输入只有 {count} 个，不可能至少 {needed} 个成立",
                               f"{needed} of {count} inputs can never hold")  # fmt: skip
    if circles:
        return
    shape = {gate.id: _connective(gate) for gate in gates.values()}
    for top in top_gates(inputs):
        try:
            diagram_of(top, shape)
        except TreeTooLarge as error:
            yield gates[top].finding("tree_too_large", ("inputs",), f"树过大，请拆分（{error}）",
                                     f"split this tree, it is too large: {error}")  # fmt: skip


def _connective(gate: Entry) -> Connective:
    inputs = tuple(gate.item["inputs"])
    needed = {"and": len(inputs), "or": 1, "vote": min(gate.item.get("at_least", 1), len(inputs))}
    return Connective(needed[gate.item["kind"]], inputs)


def gate_priors(entries: Entries) -> Iterator[Finding]:
    """A fault has its prior from one place: its own, or one event below one gate with a prior."""
    inputs = entries.inputs()
    if any(cycles(inputs)):
        return
    faults = {fault.id: fault for fault in entries.sound["faults"]}
    events: dict[str, list[Entry]] = {}
    for event in entries.sound["events"]:
        name = event.item.get("fault")
        if name in faults:
            events.setdefault(name, []).append(event)
            if "prior" in faults[name].item:
                yield event.finding(
                    "contradiction", ("fault",),
                    f"“{name}”已有 prior，请直接以其编号作为门的输入，或删去 prior",
                    f'"{name}" has a prior of its own: name it in the gate itself, '
                    "or take its prior away",
                )  # fmt: skip
    below = {
        gate.id: set(leaves_under(gate.id, inputs))
        for gate in entries.sound["gates"]
        if "prior" in gate.item
    }
    for name, fault in faults.items():
        if "prior" in fault.item:
            continue
        own = events.get(name, [])
        over = [gate for gate, leaves in below.items() for event in own if event.id in leaves]
        if len(own) != 1 or len(over) != 1:
            yield fault.finding(
                "prior_unclear", (),
                "缺少 prior：请写明，或使其恰好是一个带 prior 的门下的一个事件",
                "the prior is missing: write it, or make the fault one event below "
                "one gate with a prior",
            )  # fmt: skip
    broken = {fault.id for fault in entries.broken["faults"]}
    open_ = {event.id for name, own in events.items() if "prior" not in faults[name].item
             for event in own}  # fmt: skip
    open_ |= {event.id for event in entries.sound["events"] if event.item.get("fault") in broken}
    for gate in entries.sound["gates"]:
        if gate.id in below and not below[gate.id] & open_:
            yield gate.finding("prior_unclear", ("prior",), "门下没有故障需要分得这个 prior",
                               "no fault below this gate takes a share of its prior")  # fmt: skip


def gate_leaves(entries: Entries) -> Iterator[Finding]:
    """Faults below a gate are mechanical, and where it is heard they are linked to that noise."""
    inputs = entries.inputs()
    if any(cycles(inputs)):
        return
    faults = {fault.id: fault for fault in entries.sound["faults"]}
    fault_of = {event.id: event.item.get("fault") for event in entries.sound["events"]}
    for gate in entries.sound["gates"]:
        for index, name in enumerate(gate.item["inputs"]):
            fault = faults.get(fault_of.get(name) or name)
            if fault is not None and "damage" in fault.item:
                yield gate.finding("contradiction", ("inputs", index),
                                   f"“{fault.id}”是外观损伤的原因，不能作为门的输入",
                                   f'"{fault.id}" explains a visible damage; gates take '
                                   "mechanical faults")  # fmt: skip
        noise = gate.item.get("noise")
        if noise is None:
            continue
        for leaf in leaves_under(gate.id, inputs):
            fault = faults.get(fault_of.get(leaf) or leaf)
            if fault is not None and noise not in fault.item.get("noises", {}):
                yield gate.finding("gate_link_missing", ("inputs",),
                                   f"“{fault.id}”在此门下，却没有写 noises: {{{noise}: …}}",
                                   f'"{fault.id}" is below this gate and does not name the noise '
                                   f"{noise}: add the link")  # fmt: skip

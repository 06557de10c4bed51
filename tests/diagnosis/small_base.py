"""A small base with everything in it that the format knows, and the shipped settings."""

import shutil
from pathlib import Path

from tingzhen.diagnosis import KNOWLEDGE_DIR

COOLING = """\
system: {id: cooling, name: {zh: 冷却系统, en: Cooling}}
components:
  - {id: pump, name: {zh: 水泵, en: Water pump}}
  - {id: fan, name: {zh: 风扇, en: Cooling fan}}
faults:
  - id: pump_worn
    name: {zh: 水泵轴承磨损, en: Worn water pump}
    component: pump
    prior: 2
    powertrain: [petrol, diesel]
    noises: {whine: 0.6, grind: 0.3}
    damages: {dent: 0.2}
    when: {cold_start: 1.5, charging: 0.05}
    ranges:
      - {measure: mileage_km, low: 80000, factor: 2}
    codes:
      - {match: "P0217", factor: 9}
    words: {zh: [水泵], en: ["water pump*"], factor: 8}
    tests:
      look_at_pump: {play: 0.8}
    repair:
      steps: {zh: 更换水泵。, en: Renew the pump.}
      parts: [{zh: 水泵, en: Water pump}, {zh: 冷却液, en: Coolant}]
      labour_min: 90
      cost_cny: 420
      warranty: {zh: 三年内, en: Within three years}
    severity: serious
    drive: {advice: soon, reason: {zh: 可能过热。, en: It may overheat.}}
    source: expert prior
    sources: {codes: SAE J2012, repair.cost_cny: price list 2024}
  - id: fan_dead
    name: {zh: 风扇不转, en: Fan does not turn}
    component: fan
    noises: {whine: 0.1}
    codes:
      - {match: "P0480", factor: 20}
    tests:
      look_at_pump: {play: 0.01}
      switch_on_fan: {still: 0.95, turns: 0.05}
    repair:
      steps: {zh: 更换风扇。, en: Renew the fan.}
      parts: []
      labour_min: 60
    severity: serious
    drive: {advice: soon, reason: {zh: 可能过热。, en: It may overheat.}}
    source: expert prior
  - id: bonnet_dented
    name: {zh: 机盖凹陷, en: Dented bonnet}
    damage: dent
    prior: 1
    tests:
      look_at_pump: {play: 0.02}
    repair: {steps: {zh: 整形。, en: Pull the dent.}, parts: [], labour_min: 60}
    severity: minor
    drive: {advice: ok, reason: {zh: 不影响。, en: No matter.}}
    source: expert prior
tests:
  - id: look_at_pump
    name: {zh: 检查水泵, en: Look at the pump}
    how: {zh: 用手晃动皮带轮。, en: Shake the pulley by hand.}
    tools: [{zh: 手电, en: Torch}]
    minutes: 10
    cost_cny: 0
    risk: medium
    risk_note: {zh: 小心烫伤。, en: Mind the heat.}
    outcomes:
      - {id: play, text: {zh: 有旷量, en: There is play}, otherwise: 0.05}
      - {id: none, text: {zh: 正常, en: No play}, otherwise: 0.95}
    source: expert prior
    sources: {minutes: flat-rate manual, outcomes.play: "expert prior: one in twenty"}
  - id: switch_on_fan
    name: {zh: 强制风扇运转, en: Switch the fan on}
    how: {zh: 用诊断仪驱动风扇。, en: Drive the fan with the scan tool.}
    tools: []
    minutes: 5
    risk: low
    runs: true
    drives: false
    outcomes:
      - {id: turns, text: {zh: 转, en: It turns}, otherwise: 0.9}
      - {id: still, text: {zh: 不转, en: It stands still}, otherwise: 0.1}
    source: expert prior
events:
  - {id: hot_day, name: {zh: 天气炎热, en: Hot weather}, probability: 0.3, source: expert prior}
  - {id: e_fan, name: {zh: 风扇停转, en: The fan stands still}, fault: fan_dead, probability: 0.02, source: expert prior}
gates:
  - id: overheats
    name: {zh: 发动机过热, en: Engine overheats}
    kind: or
    inputs: [pump_worn, fan_matters]
    noise: whine
    prior: 1.5
    source: expert prior
    sources: {prior: workshop count}
  - {id: fan_matters, name: {zh: 热天风扇停转, en: Fan stands still on a hot day}, kind: vote, at_least: 2, inputs: [e_fan, hot_day], source: expert prior}
"""  # noqa: E501 - one entry a line


def write_small_base(folder: Path, cooling: str = COOLING) -> Path:
    """The folder with cooling.yaml and the shipped base.yaml (settings, words, dangers)."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(KNOWLEDGE_DIR / "base.yaml", folder / "base.yaml")
    (folder / "cooling.yaml").write_text(cooling, encoding="utf-8")
    return folder

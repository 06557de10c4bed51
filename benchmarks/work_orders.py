"""Generated work orders for benchmarks and tests: believable, seeded, and no recording of anything.

They follow the shipped base (noises and words of each fault), not any workshop's figures: what is
counted in them says nothing of real vehicles.
"""

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES
from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.diagnosis.circumstances import WHEN, When
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

MODELS = tuple(f"示范{letter}{number}" for letter in "ABCD" for number in range(1, 9))
REGIONS = ("北京", "上海", "广东", "四川", "黑龙江", "新疆", "海南", "湖北")
SAID: dict[When, str] = {
    "cold_start": "冷车启动时", "warm_idle": "热车怠速时", "accelerating": "加速时",
    "steady_speed": "匀速行驶时", "braking": "刹车时", "turning_left": "左转弯时",
    "turning_right": "右转弯时", "bumps": "过减速带时", "reversing": "倒车时", "charging": "充电时",
    "switching_on": "上电时", "parked": "停放时", "always": "一直",
}  # fmt: skip
ENDS = (
    "",
    "，声音越来越大",
    "，最近一周出现",
    "，客户要求检查",
    "，高速更明显",
    "，时有时无",
    "，雨天更响",
)
START = date(2023, 1, 1)


def generated_cases(knowledge: KnowledgeBase, count: int, seed: int) -> Iterator[CaseRecord]:
    """Confirmed cases, one after another; the same for the same seed and base."""
    rng = np.random.default_rng(seed)
    faults = knowledge.faults
    weight = np.array([fault.prior for fault in faults])
    chosen = rng.choice(len(faults), size=count, p=weight / weight.sum())
    for number, row in enumerate(chosen):
        fault = faults[row]
        favoured = [w for w in WHEN if fault.when.get(w, 1.0) > 1.0] or ["always"]
        when = favoured[int(rng.integers(len(favoured)))]
        heard = rng.random(len(FAULT_NOISES)) < [fault.noises.get(t, 0.02) for t in FAULT_NOISES]
        scores = np.where(heard, rng.beta(8, 2, len(heard)), rng.beta(1, 25, len(heard)))
        noises = dict(zip(FAULT_NOISES, scores.round(3).tolist(), strict=True))
        low = rng.beta(1, 25, len(VISIBLE_DAMAGES)).round(3).tolist()
        damages = dict(zip(VISIBLE_DAMAGES, low, strict=True))
        if fault.damage is not None:
            damages[fault.damage] = float(np.round(rng.beta(8, 2), 3))
        loudest = max(noises, key=lambda t: noises[t])
        words = fault.words.zh[int(rng.integers(len(fault.words.zh)))] if fault.words.zh else ""
        said = f"{SAID[when]}{words}{NOISE_NAMES[loudest].zh}{ENDS[int(rng.integers(len(ENDS)))]}"
        day = START + timedelta(days=int(rng.integers(1000)))
        yield CaseRecord(
            id=f"c{number}", number=f"GD{number:07d}", opened_on=day, source="simulation",
            make="示范", model=MODELS[int(rng.integers(len(MODELS)))],
            year=int(rng.integers(2014, 2024)), mileage_km=float(rng.integers(1_000, 240_000)),
            region=REGIONS[int(rng.integers(len(REGIONS)))],
            ambient_c=float(rng.integers(-15, 38)), humidity_pct=float(rng.integers(20, 100)),
            when=(when,), complaint=said, noises=noises, damages=damages, fault=fault.id,
            repair=fault.repair.steps.zh[:60], minutes=float(rng.integers(20, 300)),
            cost_cny=float(rng.integers(80, 6000)), fixed_first_time=bool(rng.random() < 0.85),
            vehicle_key=None, workshop=f"S{int(rng.integers(40)):02d}",
        )  # fmt: skip


def export_row(record: CaseRecord) -> dict[str, Any]:
    """A case as a dealer system exports it: its headings, a VIN, an owner's name and telephone."""
    number = int(record.id.removeprefix("c"))
    return {
        "工单号": record.number, "门店": record.workshop,
        "开单日期": f"{record.opened_on:%Y/%m/%d}",
        "车架号": f"LTZ{number * 7 % 10**6:06d}{number:08d}", "车主姓名": "王小明",
        "手机号": f"138{number % 10**8:08d}", "品牌": record.make, "车型": record.model,
        "年款": record.year, "行驶里程": f"{record.mileage_km:,.0f}", "地区": record.region,
        "气温": record.ambient_c, "湿度": record.humidity_pct,
        "故障描述": record.complaint, "故障原因": record.fault, "维修项目": record.repair,
        "minutes": record.minutes, "结算金额": record.cost_cny,
        "一次修复": "是" if record.fixed_first_time else "否",
        "noises": json.dumps(record.noises), "damages": json.dumps(record.damages),
    }  # fmt: skip


def write_export(path: Path, records: Iterator[CaseRecord], encoding: str = "utf-8") -> None:
    """A CSV export with a header."""
    first = export_row(next(records))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow(first)
        for record in records:
            writer.writerow(export_row(record))

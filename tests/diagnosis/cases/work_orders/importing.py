"""What the tests of the import share."""

from pathlib import Path
from typing import Any

from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.cases import CaseRecord, CaseStore
from tingzhen.diagnosis.cases.work_orders import (
    ImportResult,
    OrderMapping,
    default_mapping,
    import_orders,
)

SECRET = b"a secret of this installation"
HEADER = "工单号,开单日期,车架号,车主姓名,手机号,车型,行驶里程,故障描述,故障原因,维修项目\n"
GOOD = (
    'GD1,2025-01-03,LSVAA4187E2184841,王小明,13800138000,朗逸,"48,200",冷车启动吱吱响,'
    "accessory_belt_worn,换皮带\n"
)


def bring_in(
    store: CaseStore, path: Path, mapping: OrderMapping | None = None, **more: Any
) -> ImportResult:
    return import_orders(
        store, path, mapping or default_mapping(), knowledge=shipped(), secret=SECRET,
        rejected_folder=path.parent / "rejected", **more,
    )  # fmt: skip


def kept(store: CaseStore) -> list[CaseRecord]:
    return [record for _, record in store.cases()]

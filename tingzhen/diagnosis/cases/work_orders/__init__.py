"""Work orders of other systems made into cases: CSV, JSON and Parquet, by a mapping."""

from tingzhen.diagnosis.cases.work_orders.importing import (
    ImportResult,
    RejectedRow,
    import_orders,
    rejected_rows,
)
from tingzhen.diagnosis.cases.work_orders.mapping import (
    OrderMapping,
    default_mapping,
    parse_mapping,
    read_mapping,
)
from tingzhen.diagnosis.cases.work_orders.personal import installation_secret

__all__ = [
    "ImportResult",
    "OrderMapping",
    "RejectedRow",
    "default_mapping",
    "import_orders",
    "installation_secret",
    "parse_mapping",
    "read_mapping",
    "rejected_rows",
]

"""Open a file of work orders by what is in it, whatever its name says."""

from pathlib import Path
from typing import Final

from tingzhen.diagnosis.cases.work_orders.encoding import UTF8_BOM, Encoding
from tingzhen.diagnosis.cases.work_orders.entries import OrderFile
from tingzhen.diagnosis.cases.work_orders.json_orders import JsonArrayFile, JsonLinesFile
from tingzhen.diagnosis.cases.work_orders.parquet import ParquetOrders
from tingzhen.diagnosis.cases.work_orders.separated import SeparatedFile
from tingzhen.errors import OrdersError
from tingzhen.language import Text

_HEAD_BYTES: Final = 4096
_OFFICE: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def open_orders(
    path: Path, *, encoding: Encoding | None = None, separator: str | None = None
) -> OrderFile:
    """Raises OrdersError for a file that cannot be read or is none of CSV, JSON and Parquet."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith(b"PAR1"):
            return ParquetOrders(path)
        if head.startswith(_OFFICE):
            raise OrdersError(
                Text(f"{path.name} 是 Excel 文件。请另存为 CSV（UTF-8）后再导入。",
                     f"{path.name} is an Excel file. Save it as CSV (UTF-8) and import that.")
            )  # fmt: skip
        start = head.removeprefix(UTF8_BOM).lstrip()
        if not start:
            raise OrdersError(Text(f"{path.name} 是空文件。", f"{path.name} is empty."))
        if start.startswith(b"["):
            return JsonArrayFile(path)
        if start.startswith(b"{"):
            return JsonLinesFile(path)
        return SeparatedFile(path, encoding=encoding, separator=separator)
    except OSError as error:
        raise OrdersError(
            Text(
                f"无法读取 {path}：{error.strerror}。", f"{path} cannot be read: {error.strerror}."
            )
        ) from error

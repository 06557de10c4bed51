"""Work orders as Parquet, read a part at a time."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis.cases.work_orders.entries import Entry
from tingzhen.errors import OrdersError
from tingzhen.language import Text

_ROWS: Final = 2_000


class ParquetOrders:
    """A Parquet file. Raises OrdersError when it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        file = self._open()
        self.columns: tuple[str, ...] | None = tuple(file.schema_arrow.names)
        self.size: int = file.metadata.num_rows
        file.close()

    def entries(self) -> Iterator[Entry]:
        for number, fields in enumerate(self._rows(), start=1):
            yield Entry(number, number, number - 1, number, fields)

    def write_rejected(self, spans: list[tuple[int, int]], path: Path) -> None:
        """As JSON Lines: a Parquet file cannot be corrected by hand."""
        wanted = {start for start, _ in spans}
        with path.open("w", encoding="utf-8") as target:
            for number, fields in enumerate(self._rows()):
                if number in wanted:
                    target.write(json.dumps(fields, ensure_ascii=False, default=str) + "\n")

    def _rows(self) -> Iterator[dict[str, Any]]:
        from pyarrow import ArrowException  # noqa: PLC0415 - only who reads Parquet pays for it

        file = self._open()
        try:
            for batch in file.iter_batches(batch_size=_ROWS):
                yield from batch.to_pylist()
        except (ArrowException, OSError) as error:
            raise _damaged(self._path, error) from error
        finally:
            file.close()

    def _open(self) -> Any:
        from pyarrow import ArrowException  # noqa: PLC0415 - see above
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - see above

        try:
            return ParquetFile(self._path, memory_map=False)
        except (ArrowException, OSError) as error:
            raise _damaged(self._path, error) from error


def _damaged(path: Path, error: Exception) -> OrdersError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return OrdersError(
        Text(f"{path.name} 不是可读的 Parquet 文件：{reason}。",
             f"{path.name} cannot be read as Parquet: {reason}.")
    )  # fmt: skip

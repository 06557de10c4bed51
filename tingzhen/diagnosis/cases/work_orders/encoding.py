"""Which encoding a text file of work orders is in: UTF-8, or GB18030 (with GBK and GB2312)."""

from pathlib import Path
from typing import Final, Literal

from tingzhen.errors import OrdersError
from tingzhen.language import Text

Encoding = Literal["utf-8", "gb18030"]
UTF8_BOM: Final = b"\xef\xbb\xbf"
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")


def find_encoding(path: Path) -> Encoding:
    """The encoding in which the header can be read and fewer lines are wrong; UTF-8 when both fit.

    GB18030 fits much that is UTF-8 and not the other way round, so UTF-8 is asked first. Raises
    OrdersError for UTF-16, and OSError.
    """
    wrong_utf8 = wrong_gb18030 = 0
    with path.open("rb") as file:
        if file.read(2) in _UTF16_BOMS:
            raise OrdersError(
                Text(f"{path.name} 是 UTF-16 编码。请另存为 UTF-8 或 GB18030 的 CSV 后再导入。",
                     f"{path.name} is in UTF-16. Save it as CSV in UTF-8 or GB18030 and import "
                     "that.")
            )  # fmt: skip
        file.seek(0)
        for number, line in enumerate(file):
            if not _fits(line, "utf-8"):
                fits = _fits(line, "gb18030")
                if number == 0:
                    return "gb18030" if fits else "utf-8"
                wrong_utf8 += 1
                wrong_gb18030 += not fits
            elif number == 0 and not _fits(line, "gb18030"):
                return "utf-8"
    return "gb18030" if wrong_gb18030 < wrong_utf8 else "utf-8"


def _fits(line: bytes, encoding: Encoding) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True

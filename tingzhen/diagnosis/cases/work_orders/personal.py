"""Keep people out of the cases: VINs become keyed hashes, numbers and names leave free text."""

import hmac
import re
import secrets
from pathlib import Path
from typing import Final

HIDDEN: Final = "[…]"
_KEY_FILE: Final = "vehicle.key"

_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏"
    "魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵"
    "万钱严覃武戴莫孔向汤"
)
_PERSONAL: Final = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-HJ-NPR-Z0-9]{17}(?![A-Za-z0-9])"  # VIN
    r"|(?<!\d)\d{17}[\dXx](?![\dA-Za-z])"  # identity card, GB 11643
    r"|(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"  # mobile phone
    r"|(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)"  # telephone
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail
    rf"|[{_PROVINCES}][A-Z][·\- ]?[A-Z0-9]{{5,6}}(?![A-Za-z0-9])"  # number plate, GA 36
    rf"|(?<![\u4e00-\u9fff])[{_SURNAMES}][\u4e00-\u9fff]?(?:先生|女士|小姐|师傅)"
    r"|\b(?:Mr|Mrs|Ms)\.? [A-Z][\w'-]+"
)


def without_personal(text: str) -> str:
    """The text with VINs, plates, telephone and identity numbers, e-mail addresses and names with
    a title replaced by […]. A name without a title cannot be told from other words and stays."""
    return _PERSONAL.sub(HIDDEN, text)


def vehicle_key(vin: str, secret: bytes) -> str:
    """HMAC-SHA256 of the VIN (RFC 2104), 32 hexadecimal digits: the same vehicle has the same key
    within an installation, and without its secret nobody finds the VIN by trying."""
    plain = "".join(vin.split()).upper()
    return hmac.digest(secret, plain.encode(), "sha256").hex()[:32]


def installation_secret(folder: Path) -> bytes:
    """The secret kept in a folder, made at the first call; readable for its owner alone.

    Raises OSError.
    """
    path = folder / _KEY_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"{_KEY_FILE}.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600, exist_ok=False)
        fresh.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            path.hardlink_to(fresh)  # whoever comes first; never half a key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()

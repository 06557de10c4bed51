"""What to tell a person when a decoder's child gives no clip, or when none may be started."""

import logging
import signal
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tingzhen.errors import (
    ClipError,
    DecodeMemory,
    DecoderCrashed,
    DecodeTimeout,
    SandboxMissing,
)
from tingzhen.language import Text
from tingzhen.media.sandbox.layers import Layer

NO_WORD: Final = 70
"""Status of a child that ended without a usable answer."""

_log = logging.getLogger(__name__)
_ERRORS: Final[dict[str, type[ClipError]]] = {
    error.code: error for error in ClipError.__subclasses__()
}


def _timeout() -> DecodeTimeout:
    return DecodeTimeout(
        Text("解码用时过长，已停止。请截取较短的一段，或以较低分辨率重新录制。",
             "Decoding took too long and was stopped. "
             "Cut out a shorter part or record at a lower resolution.")
    )  # fmt: skip


def _memory() -> DecodeMemory:
    return DecodeMemory(
        Text("解码所需内存超出上限，已停止。请以较低分辨率重新录制。",
             "Decoding needed more memory than is allowed and was stopped. "
             "Record at a lower resolution.")
    )  # fmt: skip


def crashed() -> DecoderCrashed:
    """The child, or the decoder's process, ended without a word that can be used."""
    return DecoderCrashed(
        Text("文件使解码器异常退出，未造成其他影响。请重新录制，或重新从手机导出。",
             "The file made the decoder stop; nothing else was affected. "
             "Record it again or export it from the phone again.")
    )  # fmt: skip


def unconfined(layers: Sequence[Layer]) -> SandboxMissing:
    """Layers that are required and cannot be had."""
    zh = "；".join(f"{layer.name}（{layer.detail}）" for layer in layers)
    en = "; ".join(f"{layer.name} ({layer.detail})" for layer in layers)
    return SandboxMissing(
        Text(f"本机无法隔离解码器，因此不解码任何文件。缺少：{zh}。请换一台机器，"
             "或设置 TINGZHEN_SANDBOX=available 并承担风险。",
             f"This machine cannot confine the decoder, so nothing is decoded. Missing: {en}. "
             "Use another machine, or set TINGZHEN_SANDBOX=available and take the risk.")
    )  # fmt: skip


def error_of(answer: Mapping[str, Any]) -> ClipError:
    """The error that a child's answer stands for: one of its own, or how it ended."""
    known = _ERRORS.get(answer.get("error", ""))
    if known is None:
        status = answer.get("ended", NO_WORD)
        if status == -signal.SIGSYS:
            _log.warning("decoder child ended: it tried a system call that is forbidden")
        else:
            _log.warning("decoder child ended with %s: %s", status, answer.get("detail", "no word"))
        return _timeout() if status in {-signal.SIGALRM, -signal.SIGXCPU} else crashed()
    if known is DecodeMemory:
        return _memory()
    return known(Text(answer.get("zh", ""), answer.get("en", "")))

"""The copies of a clip that may be shown, made by the worker that analysed it once nothing is left
to analyse: finding faces and plates takes longer than the analysis, and nobody waits for it.

Newest first. The pixels of the newest clip alone stay in memory; of those before it they are
decoded again. What a worker forgets, because it ends or falls far behind, is made when somebody
asks (clip_files.py).
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tingzhen.errors import TingzhenError
from tingzhen.media import Clip
from tingzhen.serving.clips.files import ensure_shown
from tingzhen.serving.logs import log
from tingzhen.serving.records import ClipFilter, ClipRecord, count_clips, reading
from tingzhen.serving.service import Service

REMEMBERED: Final = 256
_NICE: Final = 10
_LOOK_S: Final = 0.2


class ShownCopies:
    """Run `run` in a thread until `stop`; `of` may be called from any other.

    busy: whether this worker analyses, asked before the records are, which tell of the others.
    """

    def __init__(self, service: Service, busy: Callable[[], bool]) -> None:
        self._service = service
        self._busy = busy
        self._changed = threading.Condition()
        self._wanted: OrderedDict[str, Clip | None] = OrderedDict()
        self._stopping = False
        self._making = False

    def of(self, clip_id: str, clip: Clip | None) -> None:
        """Make them soon. clip: decoded, where it is at hand."""
        with self._changed:
            for earlier in self._wanted:
                self._wanted[earlier] = None
            self._wanted[clip_id] = clip
            if len(self._wanted) > REMEMBERED:
                self._wanted.popitem(last=False)
            self._changed.notify_all()

    def resting(self) -> bool:
        """Whether nothing is made and nothing is left to make."""
        with self._changed:
            return not self._wanted and not self._making

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def run(self) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._wanted)
                if not self._stopping and self._busy():
                    self._changed.wait(_LOOK_S)
                    continue
                if self._stopping:
                    return
            try:
                if not self._next():
                    self._wait()
            except TingzhenError as error:
                log.warning("pictures and sound come later", extra={"code": error.code})
                self._wait()

    def _wait(self) -> None:
        with self._changed:
            if not self._stopping:
                self._changed.wait(_LOOK_S)

    def _next(self) -> bool:
        """Make those of the newest clip; False where another worker analyses. One that fails is
        not tried again here. Raises what `ensure_shown` raises."""
        with reading(self._service.records) as session:
            if count_clips(session, ClipFilter(states=["waiting", "running"])):
                return False
        with self._changed:
            if not self._wanted:
                return True
            clip_id, clip = self._wanted.popitem()
            self._making = True
        try:
            with reading(self._service.records) as session:
                record = session.get(ClipRecord, clip_id)
            if record is not None and record.report_en is not None:
                ensure_shown(self._service, record, clip)
        finally:
            with self._changed:
                self._making = False
        return True

"""What a worker has in memory of the clips that it works on: samples, pixels, the open file.

None of it is kept: a step that finds nothing here decodes again.
"""

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock

from tingzhen.media import Clip, Limits, Sound, read_clip
from tingzhen.serving.files import FileStore
from tingzhen.serving.pipeline import Recognisers
from tingzhen.serving.records import ClipRecord


class Workbench:
    """Clips in work, by id. Safe to use from several threads."""

    def __init__(self, files: FileStore, limits: Limits, places: int) -> None:
        """places: clips in work at once; so many are decoded at once."""
        self._files = files
        self._limits = limits
        self._decoding = ThreadPoolExecutor(places, thread_name_prefix="decode")
        self._lock = Lock()
        self._open: dict[str, _OpenClip] = {}

    def sound(self, record: ClipRecord) -> Sound:
        """The clip's sound; its pictures go on being decoded beside whatever comes next.

        Raises ClipError, FilesUnavailable, FileMissing.
        """
        clip = self._begun(record)
        try:
            return clip.sound.result()
        except BaseException:
            self._begin_anew(clip)
            raise

    def pictures(self, record: ClipRecord) -> Clip:
        """The whole clip, decoded. Raises as `sound` does."""
        clip = self._begun(record)
        assert clip.whole is not None  # noqa: S101 - just begun
        try:
            return clip.whole.result()
        except BaseException:
            self._begin_anew(clip)
            raise

    def recognisers(self, record: ClipRecord, active: Callable[[], Recognisers]) -> Recognisers:
        """Those that were active when the clip was taken up here, whatever is active by now.
        Raises FilesUnavailable, FileMissing."""
        clip = self._opened(record)
        if clip.recognisers is None:
            clip.recognisers = active()
        return clip.recognisers

    def decoded(self, clip_id: str) -> Clip | None:
        """The whole clip where it is at hand; nothing is decoded for it."""
        with self._lock:
            clip = self._open.get(clip_id)
        if clip is None or clip.whole is None or not clip.whole.done():
            return None
        return None if clip.whole.exception() else clip.whole.result()

    def clear(self, clip_id: str) -> None:
        """Let go of all that is held of a clip."""
        with self._lock:
            clip = self._open.pop(clip_id, None)
        if clip is None:
            return
        if clip.whole is not None and not clip.whole.cancel():
            clip.whole.exception()  # the file stays open until nobody reads it
        clip.sound.cancel()  # nobody waits for what will not be decoded
        clip.stack.close()

    def _begun(self, record: ClipRecord) -> "_OpenClip":
        """Being decoded, or decoded, sound first."""
        clip = self._opened(record)
        with self._lock:
            if clip.whole is None:
                clip.whole = self._decoding.submit(self._decode, clip, clip.sound, record)
        return clip

    def _begin_anew(self, clip: "_OpenClip") -> None:
        """Whoever tries again decodes again."""
        with self._lock:
            clip.whole = None
            if clip.sound.done() and clip.sound.exception() is not None:
                clip.sound = Future()

    def _decode(self, clip: "_OpenClip", sound: Future[Sound], record: ClipRecord) -> Clip:
        def heard(found: Sound) -> None:
            with suppress(InvalidStateError):  # heard by an earlier try
                sound.set_result(found)

        with self._lock:
            alone = len(self._open) == 1
        # Beside other clips the cores are taken, and threads would only cost.
        limits = self._limits if alone else replace(self._limits, decode_threads=1)
        try:
            return read_clip(
                clip.path, limits=limits, name=record.label, sha256=record.sha256, heard=heard
            )
        except BaseException as error:
            with suppress(InvalidStateError):
                sound.set_exception(error)
            raise

    def _opened(self, record: ClipRecord) -> "_OpenClip":
        with self._lock:
            clip = self._open.get(record.id)
        if clip is not None:
            return clip
        # From S3 it is fetched here, once; no other clip waits for that.
        stack = ExitStack()
        clip = _OpenClip(stack, stack.enter_context(self._files.open_local(record.file_key)))
        with self._lock:
            self._open[record.id] = clip
        return clip


class _OpenClip:
    def __init__(self, stack: ExitStack, path: Path) -> None:
        self.stack = stack
        self.path = path
        self.sound: Future[Sound] = Future()
        self.whole: Future[Clip] | None = None
        self.recognisers: Recognisers | None = None

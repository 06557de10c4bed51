"""What a worker has in memory of the clips that it works on: samples, pixels, the open file.

None of it is kept: a step that finds nothing here decodes again.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

from tingzhen.media import Clip, Limits, Sound, read_clip, read_sound
from tingzhen.serving.files import FileStore
from tingzhen.serving.pipeline import Recognisers


class Workbench:
    """Clips in work, by id. Safe to use from several threads."""

    def __init__(self, files: FileStore, limits: Limits, places: int) -> None:
        """places: clips in work at once; so many are decoded at once."""
        self._files = files
        self._limits = limits
        self._decoding = ThreadPoolExecutor(places, thread_name_prefix="decode")
        self._lock = Lock()
        self._open: dict[str, _OpenClip] = {}

    def sound(self, clip_id: str, file_key: str) -> Sound:
        """The clip's sound. Raises ClipError, FilesUnavailable, FileMissing."""
        clip = self._opened(clip_id, file_key)
        if clip.sound is None:
            clip.sound = read_sound(clip.path, limits=self._limits)
        return clip.sound

    def begin_pictures(self, clip_id: str, file_key: str, label: str) -> None:
        """Begin to decode the pictures, beside whatever comes first. Raises as `sound` does."""
        clip = self._opened(clip_id, file_key)
        if clip.pictures is None:
            clip.pictures = self._decoding.submit(
                read_clip, clip.path, limits=self._limits, name=label
            )

    def pictures(self, clip_id: str, file_key: str, label: str) -> Clip:
        """The whole clip, decoded. Raises as `sound` does."""
        self.begin_pictures(clip_id, file_key, label)
        clip = self._opened(clip_id, file_key)
        assert clip.pictures is not None  # noqa: S101 - just begun
        try:
            return clip.pictures.result()
        except BaseException:
            clip.pictures = None  # whoever tries again decodes again
            raise

    def recognisers(
        self, clip_id: str, file_key: str, active: Callable[[], Recognisers]
    ) -> Recognisers:
        """Those that were active when the clip was taken up here, whatever is active by now.
        Raises FilesUnavailable, FileMissing."""
        clip = self._opened(clip_id, file_key)
        if clip.recognisers is None:
            clip.recognisers = active()
        return clip.recognisers

    def decoded(self, clip_id: str) -> Clip | None:
        """The whole clip where it is at hand; nothing is decoded for it."""
        with self._lock:
            clip = self._open.get(clip_id)
        if clip is None or clip.pictures is None or not clip.pictures.done():
            return None
        return None if clip.pictures.exception() else clip.pictures.result()

    def clear(self, clip_id: str) -> None:
        """Let go of all that is held of a clip."""
        with self._lock:
            clip = self._open.pop(clip_id, None)
        if clip is None:
            return
        if clip.pictures is not None and not clip.pictures.cancel():
            clip.pictures.exception()  # the file stays open until nobody reads it
        clip.stack.close()

    def _opened(self, clip_id: str, file_key: str) -> "_OpenClip":
        with self._lock:
            clip = self._open.get(clip_id)
        if clip is not None:
            return clip
        # From S3 it is fetched here, once; no other clip waits for that.
        stack = ExitStack()
        clip = _OpenClip(stack, stack.enter_context(self._files.open_local(file_key)))
        with self._lock:
            self._open[clip_id] = clip
        return clip


class _OpenClip:
    def __init__(self, stack: ExitStack, path: Path) -> None:
        self.stack = stack
        self.path = path
        self.sound: Sound | None = None
        self.pictures: Future[Clip] | None = None
        self.recognisers: Recognisers | None = None

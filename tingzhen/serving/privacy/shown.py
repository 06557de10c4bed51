"""The copies of a clip that are kept to be shown: what was blurred in each picture is kept beside
them, so that a finding below a blur can say so."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from tingzhen.errors import FileMissing
from tingzhen.serving.files import FileStore, clip_prefix
from tingzhen.serving.privacy.boxes import Box, overlap
from tingzhen.serving.privacy.people import Hidden

_NAME: Final = "hidden.json"


def keep_hidden(files: FileStore, clip_id: str, of_frames: Mapping[int, Sequence[Hidden]]) -> None:
    """Keep what is blurred in which frame, by its number. Raises FilesUnavailable, StorageFull."""
    content = {
        str(number): [{"what": place.what, "box": list(place.box)} for place in places]
        for number, places in of_frames.items()
    }
    files.put_bytes(clip_prefix(clip_id) + _NAME, json.dumps(content).encode())


def kept_hidden(files: FileStore, clip_id: str) -> dict[int, list[Hidden]]:
    """What is blurred in which frame; empty where nothing was kept. Raises FilesUnavailable."""
    try:
        content = json.loads(files.read(clip_prefix(clip_id) + _NAME))
    except FileMissing:
        return {}
    return {
        int(number): [Hidden(place["what"], tuple(place["box"])) for place in places]
        for number, places in content.items()
    }


def covers(place: Hidden, boxes: Sequence[Box]) -> bool:
    """Whether it lies over any of these boxes; 0..1 of the picture, as it is itself."""
    return any(overlap(place.box, box) for box in boxes)

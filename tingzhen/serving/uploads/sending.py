"""What the endpoints that receive clips share: one object for each process."""

from dataclasses import dataclass, field
from pathlib import Path

import anyio

from tingzhen.serving.files import make_folder
from tingzhen.serving.service import Service
from tingzhen.serving.uploads import resumable
from tingzhen.serving.uploads.body import WRITERS
from tingzhen.serving.uploads.incoming import clear_left_overs
from tingzhen.serving.uploads.open_uploads import OpenUploads
from tingzhen.serving.uploads.taking_turns import TakingTurns


@dataclass(frozen=True, slots=True)
class Sending:
    """folder: where clips lie until they are whole. threads: that write."""

    folder: Path
    open_uploads: OpenUploads
    turns: TakingTurns = field(default_factory=TakingTurns)
    threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(WRITERS))


def open_sending(service: Service) -> Sending:
    """Make its folder and remove what earlier stops left of uploads that nobody was told are kept.

    Call it before requests are taken. Raises OSError, RecordsUnavailable.
    """
    folder = service.settings.data_dir / "incoming"
    make_folder(folder)
    clear_left_overs(folder)
    resumable.clear_unrecorded(service)
    resumable.end_expired(service)
    return Sending(folder, OpenUploads(service))

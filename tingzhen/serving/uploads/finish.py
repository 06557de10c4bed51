"""A resumable upload whose bytes are all there becomes a clip; done again, it is the same clip."""

from pathlib import Path

from tingzhen.errors import ClipError, DigestMismatch
from tingzhen.serving.records import Upload
from tingzhen.serving.service import Service
from tingzhen.serving.uploads.accept import Accepted, NewClip, accept, start
from tingzhen.serving.uploads.described import Described
from tingzhen.serving.uploads.digests import check_sha256
from tingzhen.serving.uploads.part_writer import PartWriter
from tingzhen.serving.uploads.resumable import end


def finish(service: Service, upload: Upload, writer: PartWriter | None = None) -> Accepted:
    """writer: that has just kept the last part; without it the file is read again, if it is still
    there: otherwise the clip has it.

    Raises UnknownFormat and DigestMismatch, and ends the upload: other bytes will not come.
    UploadLocked; and as `accept` does: then it can be asked for again.
    """
    path = Path(upload.path)
    if not path.is_file():
        start(service, upload.id)
        return Accepted(upload.id, replayed=True)
    own = writer or PartWriter(service, upload, upload.offset_bytes, None)
    try:
        described = Described.from_details(upload.details)
        received = own.received()
        check_sha256(received.sha256, described.sha256)
        accepted = accept(service, received, NewClip(
            clip_id=upload.id, owner=upload.owner, label=described.label,
            circumstances=described.circumstances, workshop=described.workshop,
            priority=described.priority,
        ))  # fmt: skip
    except (ClipError, DigestMismatch):
        end(service, upload.id)
        raise
    finally:
        if writer is None:
            own.close()
    path.unlink(missing_ok=True)
    return accepted

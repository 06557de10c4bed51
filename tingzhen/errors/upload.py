"""The way of a clip into the service."""

from tingzhen.errors.base import TingzhenError


class UploadError(TingzhenError):
    """An upload that is not taken; nothing is kept but what its sender may go on with."""


class UploadInvalid(UploadError):
    code = "upload_invalid"


class MediaTypeUnsupported(UploadError):
    code = "media_type_unsupported"


class DigestInvalid(UploadError):
    code = "digest_invalid"


class DigestMismatch(UploadError):
    code = "digest_mismatch"


class ChecksumMismatch(UploadError):
    code = "checksum_mismatch"


class IdempotencyKeyReused(UploadError):
    code = "idempotency_key_reused"


class UploadUnknown(UploadError):
    code = "upload_unknown"


class UploadExpired(UploadError):
    code = "upload_expired"


class UploadOffsetWrong(UploadError):
    code = "upload_offset_wrong"


class UploadLocked(UploadError):
    code = "upload_locked"


class TusVersionUnsupported(UploadError):
    code = "tus_version_unsupported"


class TooManyUploads(UploadError):
    code = "too_many_uploads"


class StorageFull(UploadError):
    code = "storage_full"

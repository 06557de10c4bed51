"""The file that was given."""

from tingzhen.errors.base import TingzhenError


class ClipError(TingzhenError):
    """The given file cannot give a report."""


class NotFound(ClipError):
    code = "not_found"


class NotAFile(ClipError):
    code = "not_a_file"


class NotReadable(ClipError):
    code = "not_readable"


class EmptyFile(ClipError):
    code = "empty_file"


class NoMedia(ClipError):
    code = "no_media"


class UnknownFormat(ClipError):
    code = "unknown_format"


class UnsupportedCodec(ClipError):
    code = "unsupported_codec"


class DamagedFile(ClipError):
    code = "damaged_file"


class NothingToAnalyse(ClipError):
    code = "nothing_to_analyse"


class TooLarge(ClipError):
    code = "too_large"


class TooLong(ClipError):
    code = "too_long"


class TooManyPixels(ClipError):
    code = "too_many_pixels"


class TooManyStreams(ClipError):
    code = "too_many_streams"


class DecodeTimeout(ClipError):
    code = "decode_timeout"


class DecodeMemory(ClipError):
    code = "decode_memory"


class DecoderCrashed(ClipError):
    code = "decoder_crashed"


class SandboxMissing(ClipError):
    code = "sandbox_missing"

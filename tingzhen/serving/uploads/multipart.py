"""multipart/form-data (RFC 7578) as it comes in: fields kept, the file handed on in pieces."""

from dataclasses import dataclass
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from tingzhen.errors import UploadInvalid
from tingzhen.language import Text

FILE_FIELD: Final = "file"
MOST_FIELD_BYTES: Final = 64 * 1024
_MOST_PARTS: Final = 32


@dataclass(frozen=True, slots=True)
class FileStarts:
    """The field `file` begins. name: the sender's, as it was given. digest: Content-Digest or
    Repr-Digest of the part, as it was given."""

    name: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class FileData:
    data: bytes


FilePiece = FileStarts | FileData


class FormReader:
    """Feed it the body; it knows the fields that have come so far, and gives the file's pieces."""

    def __init__(self, content_type: str, allowed: frozenset[str]) -> None:
        """allowed: names of the fields beside `file`. Raises UploadInvalid without a boundary."""
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise _broken("boundary")
        self.fields: dict[str, str] = {}
        self._allowed = allowed
        self._pieces: list[FilePiece] = []
        self._parts = 0
        self._has_file = self._ended = False
        self._name: str | None = None
        self._value = bytearray()
        self._header, self._header_value = bytearray(), bytearray()
        self._headers: dict[str, str] = {}
        try:
            self._parser = MultipartParser(boundary, {
                "on_part_begin": self._part_begins,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header_value.extend(
                    data[start:end]
                ),
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._part_data,
                "on_part_end": self._part_ends,
                "on_end": self._all_ends,
            })  # fmt: skip
        except FormParserError as error:
            raise _broken(str(error)) from error

    def feed(self, chunk: bytes) -> list[FilePiece]:
        """What of the file is in the chunk. Raises UploadInvalid."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _broken(str(error)) from error
        pieces, self._pieces = self._pieces, []
        return pieces

    def finish(self) -> None:
        """Raises UploadInvalid where the form was cut short or has no file."""
        if not self._ended:
            raise _broken("cut short")
        if not self._has_file:
            raise UploadInvalid(
                Text("上传缺少文件。请在字段 file 中附上文件。",
                     "The upload has no file. Send the clip as a file in the field `file`.")
            )  # fmt: skip

    def _part_begins(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise FormParserError("too many fields")
        self._headers = {}
        self._name = None
        self._value.clear()

    def _header_ends(self) -> None:
        self._headers[_text(self._header).lower()] = _text(self._header_value)
        self._header.clear()
        self._header_value.clear()

    def _headers_end(self) -> None:
        disposition = self._headers.get("content-disposition", "")
        options = parse_options_header(disposition.encode("utf-8", "surrogateescape"))[1]
        name = _text(options.get(b"name", b""))
        if name == FILE_FIELD:
            if b"filename" not in options:
                raise FormParserError("the field `file` is no file: it has no file name")
            if self._has_file:
                raise FormParserError("more than one file")
            self._has_file = True
            digest = self._headers.get("content-digest") or self._headers.get("repr-digest")
            self._pieces.append(FileStarts(_text(options[b"filename"]), digest))
        elif name not in self._allowed or name in self.fields:
            raise FormParserError(f"field {name!r}")
        self._name = name

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE_FIELD:
            self._pieces.append(FileData(data[start:end]))
            return
        self._value += data[start:end]
        if len(self._value) > MOST_FIELD_BYTES:
            raise FormParserError(f"field {self._name!r} is too long")

    def _part_ends(self) -> None:
        if self._name is not None and self._name != FILE_FIELD:
            try:
                self.fields[self._name] = self._value.decode("utf-8")
            except UnicodeDecodeError as error:
                raise FormParserError(f"field {self._name!r} is not UTF-8") from error

    def _all_ends(self) -> None:
        self._ended = True


def _text(data: bytes | bytearray) -> str:
    return bytes(data).decode("utf-8", "surrogateescape")


def _broken(reason: str) -> UploadInvalid:
    plain = reason.encode("utf-8", "replace").decode("utf-8")
    return UploadInvalid(
        Text(f"上传的表单有误：{plain}。请以 multipart/form-data 发送，文件字段名为 file。",
             f"The form does not fit: {plain}. Send multipart/form-data with the clip in the "
             "field `file`.")
    )  # fmt: skip

"""Where things are kept: databases, files, backups."""

from tingzhen.errors.base import TingzhenError


class RecordsUnavailable(TingzhenError):
    code = "records_unavailable"


class DatabaseNewer(TingzhenError):
    code = "database_newer"


class BackupUnwritable(TingzhenError):
    code = "backup_unwritable"


class ExportUnwritable(TingzhenError):
    code = "export_unwritable"


class OwnerUnknown(TingzhenError):
    code = "owner_unknown"


class BackupInvalid(TingzhenError):
    code = "backup_invalid"


class RestoreRefused(TingzhenError):
    code = "restore_refused"


class FilesUnavailable(TingzhenError):
    code = "files_unavailable"


class FileMissing(TingzhenError):
    code = "file_missing"

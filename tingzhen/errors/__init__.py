"""Every error a person can meet, in one tree.

    TingzhenError
    ├── ClipError               the file that was given
    │   ├── NotFound            not_found
    │   ├── NotAFile            not_a_file
    │   ├── NotReadable         not_readable
    │   ├── EmptyFile           empty_file
    │   ├── NoMedia             no_media            a folder without media
    │   ├── UnknownFormat       unknown_format      content is none of the accepted containers
    │   ├── UnsupportedCodec    unsupported_codec
    │   ├── DamagedFile         damaged_file        nothing in it could be decoded
    │   ├── NothingToAnalyse    nothing_to_analyse  neither sound nor picture
    │   ├── TooLarge            too_large           bytes
    │   ├── TooLong             too_long            seconds
    │   ├── TooManyPixels       too_many_pixels
    │   ├── TooManyStreams      too_many_streams
    │   ├── DecodeTimeout       decode_timeout
    │   ├── DecodeMemory        decode_memory
    │   ├── DecoderCrashed      decoder_crashed
    │   └── SandboxMissing      sandbox_missing     this machine cannot confine the decoder
    ├── BundleError             bundle_invalid      a model bundle that cannot be used
    ├── ContextError            context_invalid     circumstances that do not fit their schema
    ├── KnowledgeError          knowledge_invalid   a fault tree that does not fit its schema
    ├── ManifestError           manifest_invalid    a data manifest that cannot be used
    ├── TrainingError           training_failed     training cannot start or go on
    ├── SettingsError           settings_invalid    settings that do not fit, or are none of ours
    ├── OrdersError             orders_invalid      work orders or their mapping that cannot be used
    ├── CaseUnknown             case_unknown        no case with that id is kept
    ├── PatternUnknown          pattern_unknown     no such pattern among those that were found
    ├── CasesUnavailable        cases_unavailable   the database of cases cannot be used
    ├── ExposureError           exposure_invalid    a table of vehicles in service is unusable
    ├── ExperienceError         experience_invalid  a rule of experience that does not fit
    ├── RuleUnknown             rule_unknown        no rule of experience with that id is kept
    ├── ReportInvalid           report_invalid      a report given as input that cannot be used
    ├── StepInvalid             step_invalid        a step of a guided session that does not fit
    ├── SessionUnknown          session_unknown     no guided session with that id is kept
    ├── SessionChanged          session_changed     the session has another step by now
    ├── SessionUnavailable      session_unavailable a file of guided sessions that cannot be used
    ├── RecordsUnavailable      records_unavailable the database of the service cannot be used
    ├── DatabaseNewer           database_newer      a newer version has migrated the database
    ├── BackupUnwritable        backup_unwritable   a backup cannot be written at that place
    ├── ExportUnwritable        export_unwritable   an owner's data cannot be written at that place
    ├── OwnerUnknown            owner_unknown       nothing is kept of that owner
    ├── BackupInvalid           backup_invalid      a backup that is damaged or cannot be read
    ├── RestoreRefused          restore_refused     the place to restore into is not empty
    ├── FilesUnavailable        files_unavailable   the file store cannot be used
    ├── FileMissing             file_missing        a kept file is not in the store any more
    ├── ModelUnknown            model_unknown       no version of a model with that name is kept
    ├── ModelStateInvalid       model_state_invalid a version that is in no state for what is asked
    ├── InferenceInvalid        inference_invalid   tensors that a bare model cannot take
    ├── ClipUnknown             clip_unknown        no clip with that id is kept
    ├── ClipNotReady            clip_not_ready      the clip's report is not there yet
    ├── ClipWithoutReport       clip_without_report the clip failed or was cancelled
    ├── ClipEnded               clip_ended          nothing is left to cancel
    ├── ClipFileUnknown         clip_file_unknown   the clip has no such picture or sound
    ├── ReportUnknown           report_unknown      the clip has no report of that version
    ├── ReanalysisUnknown       reanalysis_unknown  no re-analysis with that id is kept
    ├── ReanalysisImpossible    reanalysis_impossible the clip cannot be analysed again (now)
    ├── ConfirmationInvalid     confirmation_invalid what a technician confirms does not fit
    ├── WebhookUnknown          webhook_unknown     no webhook with that id is kept
    ├── WebhookInvalid          webhook_invalid     a webhook that cannot be as asked
    ├── DeliveryUnknown         delivery_unknown    no delivery with that id is kept
    ├── CorrectionInvalid       correction_invalid  what is said against the machine does not fit
    ├── CorrectionUnknown       correction_unknown  the clip has no such correction
    ├── LabelUnknown            label_unknown       the clip has no label of that task
    ├── LabelsInvalid           labels_invalid      a file of labels that cannot be used
    ├── RunUnknown              run_unknown         no training run with that name is kept
    ├── UploadError             an upload
    │   ├── UploadInvalid       upload_invalid      without a usable file, or a wrong parameter
    │   ├── MediaTypeUnsupported media_type_unsupported
    │   ├── DigestInvalid       digest_invalid      a digest that cannot be read
    │   ├── DigestMismatch      digest_mismatch     other bytes arrived than were sent
    │   ├── ChecksumMismatch    checksum_mismatch   the same, of one part of an upload
    │   ├── IdempotencyKeyReused idempotency_key_reused
    │   ├── UploadUnknown       upload_unknown      no resumable upload with that id
    │   ├── UploadExpired       upload_expired
    │   ├── UploadOffsetWrong   upload_offset_wrong goes on at another byte than is due
    │   ├── UploadLocked        upload_locked       another request is writing it
    │   ├── TusVersionUnsupported tus_version_unsupported
    │   ├── TooManyUploads      too_many_uploads    open ones, of one owner
    │   └── StorageFull         storage_full        no room on the disk
    ├── AccessError             who asks, and what they may do
    │   ├── TokenMissing        token_missing       nobody said who asks
    │   ├── TokenInvalid        token_invalid       a token that is none of ours
    │   ├── TokenExpired        token_expired
    │   ├── TokenRevoked        token_revoked
    │   ├── SessionEnded        session_ended       signed in to the pages no longer
    │   ├── CsrfFailed          csrf_failed         a change that no page of ours sent
    │   ├── NotAllowed          not_allowed         the role or the token's scopes do not allow it
    │   ├── TooManyRequests     too_many_requests   of one token, or failed ones of one address
    │   ├── IdentityUnavailable identity_unavailable the keys of the identity provider are missing
    │   ├── TokenUnknown        token_unknown       no token with that id, for the command
    │   └── TokenOptionInvalid  token_option_invalid a token that cannot be made as asked
    ├── ClientError             on the side of a program that uses the service
    │   ├── ServiceUnreachable  service_unreachable no answer, or the line broke
    │   ├── AnswerInvalid       answer_invalid      an answer that is none of the service
    │   ├── WaitedTooLong       waited_too_long     the analysis goes on, and nobody waits longer
    │   └── SignatureInvalid    signature_invalid   a webhook that does not come from the service
    ├── JobError                the analysis of an accepted clip
    │   ├── DeadlinePassed      deadline_passed     not finished by the time that was asked for
    │   ├── AnalysisFailed      analysis_failed     given up after several attempts
    │   └── QueueFull           queue_full          too many clips wait already
    └── InternalError           internal_error      a defect of Tingzhen itself

The code is stable: programs match on it. The text tells a person what to do. One module a subject;
all are imported from here.
"""

from tingzhen.errors.access import (
    AccessError,
    CsrfFailed,
    IdentityUnavailable,
    NotAllowed,
    SessionEnded,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TokenOptionInvalid,
    TokenRevoked,
    TokenUnknown,
    TooManyRequests,
)
from tingzhen.errors.base import (
    InternalError,
    SettingsError,
    TingzhenError,
)
from tingzhen.errors.client import (
    AnswerInvalid,
    ClientError,
    ServiceUnreachable,
    SignatureInvalid,
    WaitedTooLong,
)
from tingzhen.errors.clip import (
    ClipError,
    DamagedFile,
    DecodeMemory,
    DecoderCrashed,
    DecodeTimeout,
    EmptyFile,
    NoMedia,
    NotAFile,
    NotFound,
    NothingToAnalyse,
    NotReadable,
    SandboxMissing,
    TooLarge,
    TooLong,
    TooManyPixels,
    TooManyStreams,
    UnknownFormat,
    UnsupportedCodec,
)
from tingzhen.errors.diagnosis import (
    CasesUnavailable,
    CaseUnknown,
    ContextError,
    ExperienceError,
    ExposureError,
    KnowledgeError,
    OrdersError,
    PatternUnknown,
    ReportInvalid,
    RuleUnknown,
    SessionChanged,
    SessionUnavailable,
    SessionUnknown,
    StepInvalid,
)
from tingzhen.errors.job import (
    AnalysisFailed,
    DeadlinePassed,
    JobError,
    QueueFull,
)
from tingzhen.errors.keeping import (
    BackupInvalid,
    BackupUnwritable,
    DatabaseNewer,
    ExportUnwritable,
    FileMissing,
    FilesUnavailable,
    OwnerUnknown,
    RecordsUnavailable,
    RestoreRefused,
)
from tingzhen.errors.kept_clip import (
    ClipEnded,
    ClipFileUnknown,
    ClipNotReady,
    ClipUnknown,
    ClipWithoutReport,
    ConfirmationInvalid,
    CorrectionInvalid,
    CorrectionUnknown,
    ReanalysisImpossible,
    ReanalysisUnknown,
    ReportUnknown,
)
from tingzhen.errors.models import (
    BundleError,
    InferenceInvalid,
    LabelsInvalid,
    LabelUnknown,
    ManifestError,
    ModelStateInvalid,
    ModelUnknown,
    RunUnknown,
    TrainingError,
)
from tingzhen.errors.upload import (
    ChecksumMismatch,
    DigestInvalid,
    DigestMismatch,
    IdempotencyKeyReused,
    MediaTypeUnsupported,
    StorageFull,
    TooManyUploads,
    TusVersionUnsupported,
    UploadError,
    UploadExpired,
    UploadInvalid,
    UploadLocked,
    UploadOffsetWrong,
    UploadUnknown,
)
from tingzhen.errors.webhooks import (
    DeliveryUnknown,
    WebhookInvalid,
    WebhookUnknown,
)

__all__ = [
    "AccessError",
    "AnalysisFailed",
    "AnswerInvalid",
    "BackupInvalid",
    "BackupUnwritable",
    "BundleError",
    "CaseUnknown",
    "CasesUnavailable",
    "ChecksumMismatch",
    "ClientError",
    "ClipEnded",
    "ClipError",
    "ClipFileUnknown",
    "ClipNotReady",
    "ClipUnknown",
    "ClipWithoutReport",
    "ConfirmationInvalid",
    "ContextError",
    "CorrectionInvalid",
    "CorrectionUnknown",
    "CsrfFailed",
    "DamagedFile",
    "DatabaseNewer",
    "DeadlinePassed",
    "DecodeMemory",
    "DecodeTimeout",
    "DecoderCrashed",
    "DeliveryUnknown",
    "DigestInvalid",
    "DigestMismatch",
    "EmptyFile",
    "ExperienceError",
    "ExportUnwritable",
    "ExposureError",
    "FileMissing",
    "FilesUnavailable",
    "IdempotencyKeyReused",
    "IdentityUnavailable",
    "InferenceInvalid",
    "InternalError",
    "JobError",
    "KnowledgeError",
    "LabelUnknown",
    "LabelsInvalid",
    "ManifestError",
    "MediaTypeUnsupported",
    "ModelStateInvalid",
    "ModelUnknown",
    "NoMedia",
    "NotAFile",
    "NotAllowed",
    "NotFound",
    "NotReadable",
    "NothingToAnalyse",
    "OrdersError",
    "OwnerUnknown",
    "PatternUnknown",
    "QueueFull",
    "ReanalysisImpossible",
    "ReanalysisUnknown",
    "RecordsUnavailable",
    "ReportInvalid",
    "ReportUnknown",
    "RestoreRefused",
    "RuleUnknown",
    "RunUnknown",
    "SandboxMissing",
    "ServiceUnreachable",
    "SessionChanged",
    "SessionEnded",
    "SessionUnavailable",
    "SessionUnknown",
    "SettingsError",
    "SignatureInvalid",
    "StepInvalid",
    "StorageFull",
    "TingzhenError",
    "TokenExpired",
    "TokenInvalid",
    "TokenMissing",
    "TokenOptionInvalid",
    "TokenRevoked",
    "TokenUnknown",
    "TooLarge",
    "TooLong",
    "TooManyPixels",
    "TooManyRequests",
    "TooManyStreams",
    "TooManyUploads",
    "TrainingError",
    "TusVersionUnsupported",
    "UnknownFormat",
    "UnsupportedCodec",
    "UploadError",
    "UploadExpired",
    "UploadInvalid",
    "UploadLocked",
    "UploadOffsetWrong",
    "UploadUnknown",
    "WaitedTooLong",
    "WebhookInvalid",
    "WebhookUnknown",
]

# Logs and tracebacks name an error as people import it, wherever it lies.
for _name in __all__:
    globals()[_name].__module__ = __name__

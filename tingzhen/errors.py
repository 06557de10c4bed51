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

The code is stable: programs match on it. The text tells a person what to do.
"""

from typing import ClassVar

from tingzhen.language import Language, Text


class TingzhenError(Exception):
    """Base of all errors that are reported to people; `text` says what to do in zh and en.

    retry_after_s: when it may be worth trying again, where that is known.
    """

    code: ClassVar[str] = ""
    retry_after_s: float | None = None

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text

    def __reduce__(self) -> tuple[type["TingzhenError"], tuple[Text], dict[str, object]]:
        """For errors that come from another process."""
        return type(self), (self.text,), self.__dict__

    def message(self, language: Language) -> str:
        return self.text.to(language)


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


class BundleError(TingzhenError):
    code = "bundle_invalid"


class ContextError(TingzhenError):
    code = "context_invalid"


class KnowledgeError(TingzhenError):
    code = "knowledge_invalid"


class ManifestError(TingzhenError):
    code = "manifest_invalid"


class TrainingError(TingzhenError):
    code = "training_failed"


class SettingsError(TingzhenError):
    code = "settings_invalid"


class OrdersError(TingzhenError):
    code = "orders_invalid"


class CaseUnknown(TingzhenError):
    code = "case_unknown"


class PatternUnknown(TingzhenError):
    code = "pattern_unknown"


class ExposureError(TingzhenError):
    code = "exposure_invalid"


class CasesUnavailable(TingzhenError):
    code = "cases_unavailable"


class ExperienceError(TingzhenError):
    code = "experience_invalid"


class RuleUnknown(TingzhenError):
    code = "rule_unknown"


class ReportInvalid(TingzhenError):
    code = "report_invalid"


class StepInvalid(TingzhenError):
    code = "step_invalid"


class SessionUnknown(TingzhenError):
    code = "session_unknown"


class SessionChanged(TingzhenError):
    code = "session_changed"


class SessionUnavailable(TingzhenError):
    code = "session_unavailable"


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


class ModelUnknown(TingzhenError):
    code = "model_unknown"


class ModelStateInvalid(TingzhenError):
    code = "model_state_invalid"


class InferenceInvalid(TingzhenError):
    code = "inference_invalid"


class ClipUnknown(TingzhenError):
    code = "clip_unknown"


class ClipNotReady(TingzhenError):
    code = "clip_not_ready"


class ClipWithoutReport(TingzhenError):
    code = "clip_without_report"


class ClipEnded(TingzhenError):
    code = "clip_ended"


class ClipFileUnknown(TingzhenError):
    code = "clip_file_unknown"


class ReportUnknown(TingzhenError):
    code = "report_unknown"


class ReanalysisUnknown(TingzhenError):
    code = "reanalysis_unknown"


class ReanalysisImpossible(TingzhenError):
    code = "reanalysis_impossible"


class ConfirmationInvalid(TingzhenError):
    code = "confirmation_invalid"


class CorrectionInvalid(TingzhenError):
    code = "correction_invalid"


class CorrectionUnknown(TingzhenError):
    code = "correction_unknown"


class LabelUnknown(TingzhenError):
    code = "label_unknown"


class LabelsInvalid(TingzhenError):
    code = "labels_invalid"


class RunUnknown(TingzhenError):
    code = "run_unknown"


class WebhookUnknown(TingzhenError):
    code = "webhook_unknown"


class WebhookInvalid(TingzhenError):
    code = "webhook_invalid"


class DeliveryUnknown(TingzhenError):
    code = "delivery_unknown"


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


class AccessError(TingzhenError):
    """Who asks is not known, or may not do what was asked."""


class TokenMissing(AccessError):
    code = "token_missing"


class TokenInvalid(AccessError):
    code = "token_invalid"


class TokenExpired(AccessError):
    code = "token_expired"


class TokenRevoked(AccessError):
    code = "token_revoked"


class SessionEnded(AccessError):
    code = "session_ended"


class CsrfFailed(AccessError):
    code = "csrf_failed"


class NotAllowed(AccessError):
    code = "not_allowed"


class TooManyRequests(AccessError):
    code = "too_many_requests"


class IdentityUnavailable(AccessError):
    code = "identity_unavailable"


class TokenUnknown(AccessError):
    code = "token_unknown"


class TokenOptionInvalid(AccessError):
    code = "token_option_invalid"


class ClientError(TingzhenError):
    """A program that uses the service, or that the service calls."""


class ServiceUnreachable(ClientError):
    code = "service_unreachable"


class AnswerInvalid(ClientError):
    code = "answer_invalid"


class WaitedTooLong(ClientError):
    code = "waited_too_long"


class SignatureInvalid(ClientError):
    code = "signature_invalid"


class JobError(TingzhenError):
    """The analysis of a clip that was accepted, or a clip that cannot be accepted now."""


class DeadlinePassed(JobError):
    code = "deadline_passed"


class AnalysisFailed(JobError):
    code = "analysis_failed"


class QueueFull(JobError):
    code = "queue_full"


class InternalError(TingzhenError):
    code = "internal_error"

"""What the processes of the service measure about themselves (docs/metrics.md).

The processes of one machine write into files of one folder (prometheus_client's multiprocess mode),
so that whoever is asked tells of all of them. Where no folder is set, as in tests, a process counts
for itself alone. Labels come from short fixed lists: never an id, a name or an address as sent.
"""

import os
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Set by the process that watches over the others; read by prometheus_client itself."""

PROCESS_VARIABLE: Final = "TINGZHEN_PROCESS"
"""Name of this process among those of its machine."""

if FOLDER_VARIABLE in os.environ:
    # Under its name, not under a process id that changes: a process that is started again goes on
    # in the file of the one before, counts never fall, and files do not pile up.
    values.ValueClass = values.MultiProcessValue(  # type: ignore[no-untyped-call]
        lambda: os.environ.get(PROCESS_VARIABLE, str(os.getpid()))
    )
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY: Final = CollectorRegistry()
_REQUEST_S: Final = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_STEP_S: Final = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 15.0, 30.0)
_WAIT_S: Final = (0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 15.0, 60.0, 300.0, 1800.0, 7200.0)

HTTP_REQUESTS: Final = Counter(
    "tingzhen_http_requests", "Requests, by how they were answered.", ("method", "route", "status"),
    registry=REGISTRY,
)  # fmt: skip
HTTP_SECONDS: Final = Histogram(
    "tingzhen_http_request_seconds", "Seconds from a request to the end of its answer.",
    ("method", "route"), buckets=_REQUEST_S, registry=REGISTRY,
)  # fmt: skip
HTTP_PROBLEMS: Final = Counter(
    "tingzhen_http_problems", "Problems that were answered, by code.", ("code",), registry=REGISTRY
)
STEP_SECONDS: Final = Histogram(
    "tingzhen_step_seconds", "Seconds that a step of a job took, waits for databases included.",
    ("step",), buckets=_STEP_S, registry=REGISTRY,
)  # fmt: skip
STEP_RETRIES: Final = Counter(
    "tingzhen_step_retries", "Steps that were tried again, by the code of what went wrong.",
    ("step", "code"), registry=REGISTRY,
)  # fmt: skip
CLIPS_DONE: Final = Counter(
    "tingzhen_clips_done", "Reports that were published.", registry=REGISTRY
)
CLIPS_FAILED: Final = Counter(
    "tingzhen_clips_failed", "Clips that were put aside, by code; crashes of the decoder are some.",
    ("code",), registry=REGISTRY,
)  # fmt: skip
NOISE_SECONDS: Final = Histogram(
    "tingzhen_noise_verdict_seconds", "Seconds from a clip's acceptance to its noise verdict.",
    buckets=_WAIT_S, registry=REGISTRY,
)  # fmt: skip
REPORT_SECONDS: Final = Histogram(
    "tingzhen_report_seconds", "Seconds from a clip's acceptance to its report.",
    buckets=_WAIT_S, registry=REGISTRY,
)  # fmt: skip
DIAGNOSES: Final = Counter(
    "tingzhen_diagnoses", "Published diagnoses.", ("verdict", "drive"), registry=REGISTRY
)
JOBS_TAKEN_OVER: Final = Counter(
    "tingzhen_jobs_taken_over", "Jobs taken over from workers that were silent or dead.",
    registry=REGISTRY,
)  # fmt: skip
PROCESS_STARTS: Final = Counter(
    "tingzhen_process_starts", "Starts of a process; more than one: it had ended unasked.",
    ("process",), registry=REGISTRY,
)  # fmt: skip
VERDICTS: Final = Counter(
    "tingzhen_verdicts", "Clips by what a recogniser said of them.", ("task", "version", "verdict"),
    registry=REGISTRY,
)  # fmt: skip
TOP_SCORES: Final = Counter(
    "tingzhen_top_scores", "Clips by the probability of their most probable type, in ten bins.",
    ("task", "version", "up_to"), registry=REGISTRY,
)  # fmt: skip
QUALITY: Final = Counter(
    "tingzhen_quality", "Clips by what is said of the recording.", ("code",), registry=REGISTRY
)
JUDGED: Final = Counter(
    "tingzhen_clips_judged", "Clips whose recording was judged.", registry=REGISTRY
)
NETWORK_RUNS: Final = Counter(
    "tingzhen_network_runs", "Runs of a network.", ("task",), registry=REGISTRY
)
NETWORK_REQUESTS: Final = Counter(
    "tingzhen_network_requests", "What was asked of a network; one run may answer several.",
    ("task",), registry=REGISTRY,
)  # fmt: skip
NETWORK_ROWS: Final = Counter(
    "tingzhen_network_rows", "Pictures or windows that a network judged.", ("task",),
    registry=REGISTRY,
)  # fmt: skip
MODEL_LOADS: Final = Counter(
    "tingzhen_model_loads", "Models that were loaded.", ("task", "version"), registry=REGISTRY
)
MODEL_LOAD_FAILURES: Final = Counter(
    "tingzhen_model_load_failures", "Models that could not be loaded.", ("task",), registry=REGISTRY
)
WEBHOOK_ATTEMPTS: Final = Counter(
    "tingzhen_webhook_attempts", "Attempts to deliver an event, by what came of them.",
    ("outcome",), registry=REGISTRY,
)  # fmt: skip
SHADOW_RUNS: Final = Counter(
    "tingzhen_shadow_runs", "Clips for a model in the shadow: compared, skipped or failed.",
    ("task", "outcome"), registry=REGISTRY,
)  # fmt: skip


def process_started() -> None:
    """Called once by every process that another one watches over."""
    PROCESS_STARTS.labels(os.environ.get(PROCESS_VARIABLE, "alone")).inc()


def seconds_since(moment: datetime) -> float:
    """By the clocks of two machines perhaps, so never below 0."""
    return max(0.0, (datetime.now(UTC) - moment).total_seconds())

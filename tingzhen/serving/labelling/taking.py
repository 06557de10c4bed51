"""Keeps the labels that a file of Label Studio brings; what does not fit is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tingzhen.errors import ClipFileUnknown, ClipUnknown, LabelsInvalid, UploadInvalid
from tingzhen.language import Text
from tingzhen.serving.labelling.label_studio_import import MOST_TASKS, Refused, read_annotations
from tingzhen.serving.labelling.labels import give_label
from tingzhen.serving.service import Service


@dataclass(frozen=True, slots=True)
class Taken:
    """tasks: in the file. labels: kept. without: tasks that nobody has annotated."""

    tasks: int
    labels: int
    without: int
    refused: list[Refused]


def take_labels(service: Service, tasks: Sequence[Any], *, author: str) -> Taken:
    """author: key of the subject who brings the file; who drew in Label Studio is not known here.

    Raises LabelsInvalid for too many tasks, RecordsUnavailable, StorageFull.
    """
    if len(tasks) > MOST_TASKS:
        raise LabelsInvalid(
            Text(f"文件中的任务超过 {MOST_TASKS} 个。请分成几个文件。",
                 f"The file holds more than {MOST_TASKS} tasks. Send it in parts.")
        )  # fmt: skip
    read = read_annotations(tasks)
    refused = list(read.refused)
    kept = 0
    for (clip_id, _), (label, numbers) in read.labels.items():
        try:
            give_label(service, clip_id, label, author=author, source="label_studio")
        except (ClipUnknown, ClipFileUnknown, UploadInvalid) as error:
            refused += [Refused(number, error.text) for number in numbers]
            continue
        kept += 1
    refused.sort(key=lambda one: one.number)
    return Taken(len(tasks), kept, read.without, refused)

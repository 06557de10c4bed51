"""Files of a knowledge base: YAML, JSON and CSV in and out, with the place of everything."""

from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.finding import (
    LEVELS,
    ElementPath,
    Finding,
    Level,
    Place,
    Problem,
)
from tingzhen.diagnosis.knowledge_files.json_file import read_json, write_json
from tingzhen.diagnosis.knowledge_files.yaml_file import open_yaml, read_yaml, write_yaml

__all__ = [
    "LEVELS",
    "Document",
    "ElementPath",
    "Finding",
    "Level",
    "Place",
    "Problem",
    "open_yaml",
    "read_json",
    "read_yaml",
    "write_json",
    "write_yaml",
]

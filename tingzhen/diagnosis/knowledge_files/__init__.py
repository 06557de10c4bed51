"""Files of a knowledge base: YAML, JSON and CSV in and out, with the place of everything."""

from tingzhen.diagnosis.knowledge_files.base import FORMATS, Format, format_of, read_base
from tingzhen.diagnosis.knowledge_files.csv_write import write_csv_base
from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.finding import (
    LEVELS,
    ElementPath,
    Finding,
    Level,
    Place,
    Problem,
)
from tingzhen.diagnosis.knowledge_files.json_base import json_base_schema, write_json_base
from tingzhen.diagnosis.knowledge_files.json_file import read_json, write_json
from tingzhen.diagnosis.knowledge_files.write import write_base
from tingzhen.diagnosis.knowledge_files.yaml_file import open_yaml, read_yaml, write_yaml

__all__ = [
    "FORMATS",
    "LEVELS",
    "Document",
    "ElementPath",
    "Finding",
    "Format",
    "Level",
    "Place",
    "Problem",
    "format_of",
    "json_base_schema",
    "open_yaml",
    "read_base",
    "read_json",
    "read_yaml",
    "write_base",
    "write_csv_base",
    "write_json",
    "write_json_base",
    "write_yaml",
]

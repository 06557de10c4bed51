"""What is wrong with a knowledge base, with file, line, and what to do about it."""

from tingzhen.diagnosis.knowledge_check.check import Checked, check_documents, check_for_loading
from tingzhen.diagnosis.knowledge_check.schema import SCHEMA_PATH

__all__ = ["SCHEMA_PATH", "Checked", "check_documents", "check_for_loading"]

"""Read a folder of fault-tree files into a knowledge base, or say file and line of a problem."""

from pathlib import Path
from typing import Final

from tingzhen.diagnosis._checked import is_checked
from tingzhen.diagnosis._knowledge_build import build_knowledge
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.knowledge_check import SCHEMA_PATH, check_for_loading
from tingzhen.diagnosis.knowledge_files import read_base
from tingzhen.errors import KnowledgeError
from tingzhen.language import Text

KNOWLEDGE_DIR: Final = Path(__file__).parent / "knowledge"
_PROBLEMS_SHOWN: Final = 10


def load_knowledge(path: Path | None = None) -> KnowledgeBase:
    """Load the knowledge base at `path`; the shipped one when None.

    path: a folder of .yaml files, a folder of .csv sheets, or one .json file. Everything is checked
    against fault_tree.schema.json and then for its meaning (known types and tests, no id twice,
    both languages, probabilities that can hold). The schema check is left out while checked.json in
    the folder holds the digest of exactly these files.

    Raises KnowledgeError; its text gives file and line of each problem (the first ten).
    `tingzhen kb check` lists them all.
    """
    folder = path or KNOWLEDGE_DIR
    documents, problems = read_base(folder)
    if not problems:
        files = sorted(folder.glob("*.yaml"))
        marked = bool(files) and is_checked(folder, [SCHEMA_PATH, *files])
        checked = check_for_loading(documents, fits_schema=marked)
        problems = [found for found in checked.findings if found.level == "error"]
    if problems:
        shown, more = problems[:_PROBLEMS_SHOWN], len(problems) - _PROBLEMS_SHOWN
        zh = "\n".join(found.line().zh for found in shown)
        en = "\n".join(found.line().en for found in shown)
        zh += f"\n还有 {more} 处" if more > 0 else ""
        en += f"\nand {more} more" if more > 0 else ""
        raise KnowledgeError(Text(f"知识库有误：\n{zh}", f"The knowledge base is wrong:\n{en}"))
    return build_knowledge([document.data for document in documents])

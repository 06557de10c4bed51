"""`python -m tingzhen.diagnosis.mark_checked`: check the shipped base in full and mark it so."""

import sys

from tingzhen.diagnosis._checked import write_mark
from tingzhen.diagnosis.knowledge_check import SCHEMA_PATH
from tingzhen.diagnosis.knowledge_load import KNOWLEDGE_DIR, load_knowledge
from tingzhen.errors import KnowledgeError


def main() -> int:
    (KNOWLEDGE_DIR / "checked.json").unlink(missing_ok=True)
    try:
        knowledge = load_knowledge()
    except KnowledgeError as error:
        sys.stderr.write(f"{error.message('en')}\n")
        return 1
    write_mark(KNOWLEDGE_DIR, [SCHEMA_PATH, *sorted(KNOWLEDGE_DIR.glob("*.yaml"))])
    sys.stdout.write(f"{len(knowledge.faults)} faults, {len(knowledge.tests)} tests: checked\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

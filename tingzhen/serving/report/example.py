"""One report as an example for the OpenAPI document."""

import json
from pathlib import Path
from typing import Any, Final

REPORT_EXAMPLE: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "example.json").read_text(encoding="utf-8")
)

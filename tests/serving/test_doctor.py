"""`tingzhen doctor` tells what is so, and the service does not start where it must not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bare_machine import X86_ONLY, on_a_machine_without_layers
from tingzhen.media.sandbox.seccomp import supported


@pytest.mark.skipif(not supported(), reason="no seccomp on this machine")
def test_it_tries_everything_out() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tingzhen.command_line", "doctor", "--json"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert (done.returncode, found["holds"], done.stderr) == (0, True, "")
    assert {layer["name"]: layer["in_force"] for layer in found["layers"]}["system_calls"]
    assert {attempt["outcome"] for attempt in found["attempts"]} == {"killed", "refused"}
    assert {attempt["outcome"] for attempt in found["needed"]} == {"done"}


@X86_ONLY
def test_it_says_so_where_nothing_confines_the_decoder() -> None:
    lines = on_a_machine_without_layers(
        """
        import sys
        from tingzhen.command_line import main
        sys.argv = ["tingzhen", "doctor"]
        main()
        """,
        status=1,
    )
    assert any(line.split()[:2] == ["ABSENT", "system_calls"] for line in lines)
    assert any(line.split()[0] == "done" and "open a file" in line for line in lines)
    assert "NOT confined" in lines[-1]


@X86_ONLY
@pytest.mark.parametrize("mode", ["strict", "available"])
def test_a_service_starts_there_only_when_it_is_allowed_to(mode: str, tmp_path: Path) -> None:
    lines = on_a_machine_without_layers(f"""
        from tingzhen.errors import SandboxMissing
        from tingzhen.serving.logs import log_to_stderr
        from tingzhen.serving.sandbox_in_force import require_sandbox
        from tingzhen.serving.settings import Settings
        log_to_stderr("info")
        try:
            require_sandbox(Settings(sandbox={mode!r}, data_dir={str(tmp_path)!r}))
            print("starts")
        except SandboxMissing as error:
            print(error.code)
    """)
    assert lines[0] == {"strict": "sandbox_missing", "available": "starts"}[mode]
    logged = [json.loads(line) for line in lines[1:]]
    warned = {line["layer"] for line in logged if line["level"] == "warning"}
    assert warned == {"network", "root", "landlock", "system_calls"}

"""The small services around a model alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import jettison.measure.apps

APPS = Path(jettison.measure.apps.__file__).parent


def test_an_option_that_the_runtime_lacks_fails_at_the_start_and_not_at_every_request(
    converted: dict[str, Path],
) -> None:
    for options, fails in (('{"num_beams": 2}', False), ('{"num_beam_groups": 2}', True)):
        environment = {**os.environ, "MODEL": str(converted["fp32"]), "OPTIONS": options}
        command = [sys.executable, "-c", "import on_runtime"]
        ran = subprocess.run(command, cwd=APPS, env=environment, capture_output=True, text=True, check=False)
        assert bool(ran.returncode) is fails
        assert ("num_beam_groups=2" in ran.stderr) is fails

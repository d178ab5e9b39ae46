"""Bounds are those that the kernel then knows of the process."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE
from trigate.core.settings import Duration, Size
from trigate.mcp.process_limit import ProcessLimits, preparation

TELL = """
import os, resource
kinds = ("DATA", "NPROC", "NOFILE", "FSIZE", "CPU", "CORE")
print(*(resource.getrlimit(getattr(resource, f"RLIMIT_{each}"))[1] for each in kinds))
print(oct(os.umask(0)), os.nice(0))
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith("NoNewPrivs")))
"""


def told(limits: ProcessLimits, privileges: bool = False, source: str = TELL) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", "-c", source]
    prepare = preparation(limits, privileges)
    return subprocess.run(command, preexec_fn=prepare, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_the_kernel_knows_every_bound():
    limits = ProcessLimits(
        memory=Size(2**30), processes=500, open_files=64, file_size=Size(4096), cpu=Duration(60), nice=3, umask="027"
    )
    bounds, others, privileges = told(limits).stdout.splitlines()
    assert bounds == f"{2**30} 500 64 4096 60 0"
    assert others == f"0o27 {min(19, os.nice(0) + 3)}"
    assert privileges == "1"


def test_without_any_a_process_still_has_a_mask_no_core_and_no_new_privileges():
    bounds, others, privileges = told(ProcessLimits()).stdout.splitlines()
    assert bounds.endswith(" 0")
    assert others == f"0o77 {os.nice(0)}"
    assert privileges == "1"
    assert told(ProcessLimits(), privileges=True).stdout.splitlines()[2] == "0"


def test_memory_beyond_the_bound_is_not_given():
    done = told(ProcessLimits(memory=Size(64 * 2**20)), source="x = bytearray(256 * 2**20)")
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


def test_a_file_beyond_the_bound_cannot_be_written(tmp_path: Path):
    path = tmp_path / "large"
    told(ProcessLimits(file_size=Size(1000)), source=f"open({str(path)!r}, 'wb').write(bytes(5000))")
    assert path.stat().st_size == 1000


def test_a_bound_above_what_is_allowed_is_lowered_to_it():
    source = (
        "import resource, subprocess, sys\n"
        "from trigate.mcp.process_limit import ProcessLimits, preparation\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "tell = 'import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[1])'\n"
        "subprocess.run([sys.executable, '-c', tell], preexec_fn=preparation(ProcessLimits(open_files=4096)))"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout == "64\n"


@pytest.mark.parametrize(
    "wrong", [{"memory": Size(0)}, {"processes": 0}, {"nice": -1}, {"nice": 20}, {"umask": "9"}, {"umask": "0o77"}]
)
def test_bounds_that_are_none_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ProcessLimits(**wrong)

import subprocess
import sys

import pytest

from engine.models.quiet_import import import_networks

#: In a process of its own: here torch may have been imported already.
SCRIPT = """
import gc, sys
from engine.models.quiet_import import import_networks
assert "torch" not in sys.modules
import_networks()
assert "torch" in sys.modules and "monai.networks.nets" in sys.modules
assert gc.isenabled()
frozen = gc.get_freeze_count()
assert frozen > 100_000, frozen
import_networks()
assert gc.get_freeze_count() == frozen
import torch
assert float(torch.ones(3).sum()) == 3
if sys.platform == "linux":
    maps = open("/proc/self/maps").read()
    assert "libtorch_python.so" in maps
"""


def test_networks_are_imported_once_and_the_collector_left_as_it_was():
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=120)


def test_the_library_is_open_before_torch_is_imported():
    if sys.platform != "linux":
        return
    script = "import sys\nfrom engine.models import quiet_import\nquiet_import._open_library()\n"
    script += "assert 'torch' not in sys.modules\nassert 'libtorch_python.so' in open('/proc/self/maps').read()"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


@pytest.mark.parametrize(("wanted", "used"), [("2", 2), ("", 1), ("0", 1), ("many", 1)])
def test_each_job_computes_with_the_threads_that_the_settings_say_now(monkeypatch, wanted, used):
    import torch

    assert torch.get_num_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", wanted)
    import_networks()
    assert torch.get_num_threads() == used

"""Large arrays give their memory back, also after others of their kind came and went."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
import numpy as np
from gui.bench import resident_mib
from gui.memory import give_back_large
if sys.argv[1] == "yes":
    give_back_large()
kept = []
for _ in range(12):
    large = [np.ones(2_000_000) for _ in range(6)]
    kept.append(np.ones(10_000))
    del large
print(resident_mib())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps what is freed")
def test_what_is_freed_is_the_systems_again():
    figures = [
        float(subprocess.run([sys.executable, "-c", SCRIPT, answer], capture_output=True, text=True, check=True).stdout)
        for answer in ("no", "yes")
    ]
    assert figures[1] < figures[0] - 20

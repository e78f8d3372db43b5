import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.ending import orderly_end

ROOT = Path(__file__).resolve().parents[2]
#: A command that is asked to end while it saves a case.
SAVING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from engine import cli
from engine.case import Case
from engine.grid import Grid
from engine.io import case_folder
from engine.volume import LabelMap
folder = Path(sys.argv[1])
labels = LabelMap(np.full((6, 6, 6), 4), Grid((6, 6, 6), np.eye(4)))
def write_volumes(*parts):
    assert [path for path in folder.iterdir() if path.name.startswith(".part-")]
    os.kill(os.getpid(), signal.SIGTERM)
case_folder.write_volumes = write_volumes
cli.RUN["measure"] = lambda options: case_folder.save_case(Case("a", None, labels), folder / "case")
sys.exit(cli.main(["measure", "a.nii"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nobody sends SIGTERM there")
def test_a_command_that_is_asked_to_end_while_it_saves_leaves_no_hidden_folder(tmp_path):
    command = [sys.executable, "-c", SAVING, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_handler_of_before_comes_back():
    before = signal.getsignal(signal.SIGTERM)
    with orderly_end():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_thread_may_use_it_too():
    ended = []

    def run():
        with orderly_end():
            ended.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert ended == [True]

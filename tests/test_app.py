"""The application as a whole: what starting it loads, and what it says when something is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from gui.app import find_pack

ROOT = Path(__file__).resolve().parent.parent


def test_the_window_opens_without_torch():
    script = "import gui.app, sys; print([m for m in ('torch', 'monai') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_pack_is_one_sentence(tmp_path):
    pack, sentence = find_pack(tmp_path / "nowhere")
    assert pack is None
    assert "no model pack" in sentence


@pytest.mark.parametrize("manifest", ["{", '{"format": 99}', '{"format": 1}'])
def test_a_damaged_pack_is_one_sentence(tmp_path, manifest):
    (tmp_path / "pack.json").write_text(manifest)
    pack, sentence = find_pack(tmp_path)
    assert pack is None
    assert sentence.endswith(".")

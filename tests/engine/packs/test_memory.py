import pytest

from engine.pack import load_pack
from engine.packs.memory import memory_need


def test_memory_is_what_the_maker_measured(make_pack):
    needs = {"memory_mib": 2500, "measured_on": "CPU"}
    need = memory_need(load_pack(make_pack(lambda m: m.update(needs=needs))))
    assert (need.mib, need.measured_on) == (2500, "CPU")


def test_memory_is_estimated_from_grid_and_weights_where_nobody_measured(make_pack):
    folder = make_pack()
    small = memory_need(load_pack(folder))
    assert small.measured_on == ""
    assert small.mib == pytest.approx(356, abs=3)
    with (folder / "segmenter.safetensors").open("ab") as file:
        file.truncate(100 * 2**20)
    assert memory_need(load_pack(folder)).mib == pytest.approx(small.mib + 200, abs=1)

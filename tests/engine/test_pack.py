import json

import numpy as np
import pytest

from engine.errors import BadPackError, BadRecipeError
from engine.pack import Condition, load_pack
from engine.recipe import GUIDANCE, INTRACRANIAL, STEPS, VOLUME
from resources import resource


def test_a_valid_pack_is_read(make_pack):
    pack = load_pack(make_pack())
    assert pack.name == "tiny"
    assert pack.grid.shape == (32, 40, 32)
    assert pack.grid.codes == "RAS"
    np.testing.assert_allclose(pack.grid.centre, 0, atol=1e-9)
    assert len(pack.table.labels) == 33
    assert pack.control(VOLUME).high == 150
    for network in pack.networks:
        pack.verify(network)


def test_the_default_recipe_is_allowed_and_leaves_optional_controls_free(make_pack):
    pack = load_pack(make_pack())
    recipe = pack.default_recipe(3, 4)
    pack.check(recipe)
    assert (recipe.anatomy_seed, recipe.appearance_seed) == (3, 4)
    assert recipe.get(INTRACRANIAL) is None
    assert recipe.get(VOLUME) == 40
    pack.check(recipe.with_value(INTRACRANIAL, 1500))


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [(VOLUME, 500, "10 to 150 mL"), (GUIDANCE, 0, "1 to 5"), (STEPS, None, "missing"), ("colour", 1, "no control")],
)
def test_a_recipe_this_pack_cannot_do_is_refused(make_pack, key, value, sentence):
    pack = load_pack(make_pack())
    with pytest.raises(BadRecipeError, match=sentence):
        pack.check(pack.default_recipe().with_value(key, value))


def test_a_changed_manifest_has_another_hash(make_pack):
    folder = make_pack()
    before = load_pack(folder).sha256
    manifest = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
    (folder / "pack.json").write_text(json.dumps(manifest | {"version": "0.0.2"}))
    assert load_pack(folder).sha256 != before


def test_a_missing_folder_or_manifest_is_refused(tmp_path):
    with pytest.raises(BadPackError, match="no model pack"):
        load_pack(tmp_path / "nowhere")
    with pytest.raises(BadPackError, match="no model pack"):
        load_pack(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "cut", "list", "null", "no format", "not text", "deep"],
)
def test_a_damaged_manifest_is_refused(make_pack, content):
    folder = make_pack()
    (folder / "pack.json").write_bytes(content)
    with pytest.raises(BadPackError, match="damaged"):
        load_pack(folder)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_an_unknown_format_is_refused(make_pack, version):
    with pytest.raises(BadPackError, match="update VentriSynth or the pack"):
        load_pack(make_pack(lambda m: m.update(format=version)))


def test_a_missing_file_is_named_on_loading_and_on_use(make_pack):
    folder = make_pack()
    pack = load_pack(folder)
    (folder / "segmenter.safetensors").unlink()
    with pytest.raises(BadPackError, match=r"lacks segmenter\.safetensors"):
        load_pack(folder)
    with pytest.raises(BadPackError, match=r"lacks segmenter\.safetensors"):
        pack.verify("segmenter")


def test_a_changed_file_is_refused(make_pack):
    folder = make_pack()
    with (folder / "segmenter.safetensors").open("ab") as file:
        file.write(b"!")
    with pytest.raises(BadPackError, match="not the file it was made with"):
        load_pack(folder).verify("segmenter")


def _first_control(m, **changes):
    m["controls"][0].update(changes)


def _mask(m, **changes):
    m["mask_generator"].update(changes)


CHANGES = {
    "no name": lambda m: m.pop("name"),
    "a name of numbers": lambda m: m.update(name=7),
    "an empty version": lambda m: m.update(version=" "),
    "impossible needs": lambda m: m.update(needs={"memory_mib": -1}),
    "needs of words": lambda m: m.update(needs={"memory_mib": "much"}),
    "no grid": lambda m: m.pop("grid"),
    "flat grid": lambda m: m["grid"].update(shape=[32, 32]),
    "empty grid": lambda m: m["grid"].update(shape=[0, 32, 32]),
    "broken grid": lambda m: m["grid"].update(shape=[32.5, 32, 32]),
    "grid of words": lambda m: m.update(grid="160"),
    "anisotropic grid": lambda m: m["grid"].update(spacing_mm=[1, 1, 2]),
    "no spacing": lambda m: m["grid"].update(spacing_mm=[]),
    "zero spacing": lambda m: m["grid"].update(spacing_mm=[0, 0, 0]),
    "other orientation": lambda m: m["grid"].update(orientation="LPS"),
    "unknown table": lambda m: m.update(label_table="nowhere"),
    "table elsewhere": lambda m: m.update(label_table="../../labels/synthseg33"),
    "networks in a list": lambda m: m.update(networks=[]),
    "a network without a file": lambda m: m["networks"]["segmenter"].pop("file"),
    "a network too few": lambda m: m["networks"].pop("mask_denoiser"),
    "a file elsewhere": lambda m: m["networks"]["segmenter"].update(file="../segmenter.safetensors"),
    "an absolute file": lambda m: m["networks"]["segmenter"].update(file="/etc/hostname"),
    "the parent folder": lambda m: m["networks"]["segmenter"].update(file=".."),
    "too few statistics": lambda m: _mask(m, latent_mean=[0.0]),
    "statistics which are no numbers": lambda m: _mask(m, latent_mean=[0.0, float("nan")]),
    "statistics of words": lambda m: _mask(m, latent_scale=["1", "2"]),
    "a scale of zero": lambda m: _mask(m, latent_scale=[1.0, 0.0]),
    "a flat latent": lambda m: _mask(m, latent_shape=[2, 4, 4]),
    "an empty latent": lambda m: _mask(m, latent_shape=[]),
    "unknown prediction": lambda m: _mask(m, prediction="noise"),
    "unknown schedule": lambda m: _mask(m, schedule="euler"),
    "prediction and schedule apart": lambda m: _mask(m, prediction="epsilon"),
    "unknown transform": lambda m: m["mask_generator"]["conditions"][0].update(transform="sqrt"),
    "logarithm of zero": lambda m: m["mask_generator"]["conditions"][0].update(low=0),
    "a range backwards": lambda m: _first_control(m, low=200),
    "a default out of range": lambda m: _first_control(m, default=500),
    "no volume": lambda m: m["controls"].pop(0),
    "a control twice": lambda m: m["controls"].append(m["controls"][0]),
    "a control with a surprise": lambda m: _first_control(m, colour="red"),
    "no draft": lambda m: m.update(draft_steps=0),
    "endless draft": lambda m: m.update(draft_steps=float("inf")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_manifest_which_makes_no_sense_is_refused(make_pack, change):
    folder = make_pack(change)
    with pytest.raises(BadPackError) as caught:
        load_pack(folder)
    assert str(caught.value).endswith("install the pack again.")


def test_other_samplers_fit_the_format(make_pack):
    def change(m):
        m["mask_generator"].update(prediction="epsilon", schedule="ddim", schedule_options={"steps": 1000})

    model = load_pack(make_pack(change)).mask_generator
    assert model.schedule == "ddim"
    assert model.schedule_options["steps"] == 1000


def test_a_pack_may_bring_its_own_label_table(make_pack):
    folder = make_pack(lambda m: m.update(label_table="own"))
    label = {"value": 0, "name": "Background", "colour": [0, 0, 0], "group": "background", "mirror": 0}
    (folder / "own.json").write_text(json.dumps({"name": "Own", "labels": [label]}))
    pack = load_pack(folder)
    assert pack.table.name == "Own"
    assert "own.json" in pack.files


def test_a_pack_says_what_it_needs_and_which_files_it_consists_of(make_pack):
    bare = load_pack(make_pack())
    assert (bare.citation, bare.needs.memory_mib, bare.needs.cuda) == ("", None, False)
    assert bare.files[0] == "pack.json"
    assert set(bare.files[1:]) == {network.file for network in bare.networks.values()}


def test_needs_and_citation_come_from_the_manifest(make_pack):
    needs = {"memory_mib": 2500, "measured_on": "CPU", "cuda": True}
    pack = load_pack(make_pack(lambda m: m.update(needs=needs, citation="Someone et al. 2026")))
    assert (pack.needs.memory_mib, pack.needs.measured_on, pack.needs.cuda) == (2500, "CPU", True)
    assert pack.citation == "Someone et al. 2026"


def test_the_template_of_packs_to_be_trained_makes_a_pack(make_pack):
    template = json.loads(resource("packs", "template.json").read_text(encoding="utf-8"))
    pack = load_pack(make_pack(lambda m: m.update(template)))
    pack.check(pack.default_recipe())
    assert pack.control(INTRACRANIAL).optional


def test_conditions_go_from_minus_one_to_one():
    log = Condition(VOLUME, "log", 10, 160)
    assert [log.normalised(v) for v in (10, 40, 160)] == pytest.approx([-1, 0, 1])
    linear = Condition(VOLUME, "linear", 1000, 2000)
    assert [linear.normalised(v) for v in (1000, 1500, 2000)] == pytest.approx([-1, 0, 1])

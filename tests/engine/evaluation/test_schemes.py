import pytest

from engine.errors import EngineError
from engine.evaluation import arguments
from engine.evaluation.schemes import ALL_VENTRICLES, LATERAL, OURS, SCHEMES, scheme
from engine.labels import LATERAL_VENTRICLES, VENTRICLES, synthseg33

WHOLES = (ALL_VENTRICLES, LATERAL)
SIDES = ("left lateral ventricle", "right lateral ventricle")


def test_the_options_name_the_schemes_there_are():
    assert set(arguments.SCHEMES) == set(SCHEMES)


def test_an_unknown_numbering_is_refused_with_the_known_ones():
    with pytest.raises(EngineError, match="dlmuse, neuromorphometrics, synthseg"):
        scheme("aal")


@pytest.mark.parametrize("name", SCHEMES)
def test_every_numbering_has_the_groups_we_have_and_says_where_it_comes_from(name):
    assert set(SCHEMES[name].groups) == set(OURS)
    assert len(SCHEMES[name].source) > 20


@pytest.mark.parametrize("name", SCHEMES)
def test_no_structure_stands_in_two_groups(name):
    groups = SCHEMES[name].groups
    single = [value for group, values in groups.items() if group not in (*WHOLES, *SIDES) for value in values]
    assert len(single) == len(set(single))
    assert not set(single) & set(groups[LATERAL])


@pytest.mark.parametrize("name", SCHEMES)
def test_the_ventricles_are_the_sum_of_their_parts(name):
    groups = SCHEMES[name].groups
    assert set(groups[LATERAL]) == {value for side in SIDES for value in groups[side]}
    parts = ("third ventricle", "fourth ventricle", LATERAL)
    assert set(groups[ALL_VENTRICLES]) == {value for part in parts for value in groups[part]}


def test_our_own_groups_cover_all_structures_but_csf():
    assert {v for values in OURS.values() for v in values} == set(synthseg33().values.tolist()) - {0, 24}
    assert set(OURS[LATERAL]) == set(LATERAL_VENTRICLES)
    assert set(OURS[ALL_VENTRICLES]) == set(VENTRICLES)
    for value in OURS["left lateral ventricle"]:
        assert synthseg33()[value].mirror in OURS["right lateral ventricle"]

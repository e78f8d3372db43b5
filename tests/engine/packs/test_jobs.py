"""The jobs of the window's dialog of packs."""

from engine.packs.jobs import InstallPackJob, ListPacksJob, RemovePackJob
from engine.packs.store import PackStore
from engine.progress import result_of


def test_packs_are_listed_installed_and_removed_by_jobs(tmp_path, make_pack):
    store = PackStore(tmp_path / "packs", tmp_path / "none")
    assert result_of(ListPacksJob(store).run()) == ()
    job = InstallPackJob(store, make_pack())
    events = list(job.run())
    assert {event.job_id for event in events} == {job.id}
    assert [one.key for one in result_of(ListPacksJob(store).run())] == ["tiny-0.0.1"]
    assert result_of(RemovePackJob(store, "tiny-0.0.1").run()) == "tiny 0.0.1"
    assert result_of(ListPacksJob(store).run()) == ()

"""The comparison that ``report --compare`` asks for."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.case import Case
from engine.comparing.comparison import Comparison
from engine.comparing.jobs import CompareJob, PairJob
from engine.comparing.pair import Pair
from engine.errors import BadLabelsError
from engine.events import Event
from engine.io.case_folder import open_any
from engine.reporting.comparison import comparison_table
from engine.reporting.content import Table

#: Drives a job to its end and gives its result.
Run = Callable[[Generator[Event, None, Any]], Any]


def compared_with(case: Case, other: Path | None, *, align: bool, run: Run) -> tuple[Table, ...]:
    """The comparison with ``other``, if there is one: it is the first and ``case`` the second, so that a change is what
    happened since. Raises what opening, aligning and comparing raise."""
    if other is None:
        return ()
    first, _ = open_any(other)
    if first.labels is None:
        raise BadLabelsError(f"{other} has no label map to compare with; segment the scan first.")
    pair: Pair = run(PairJob(replace(first, name=str(other)), case, align).run())
    found: Comparison = run(CompareJob(pair).run())
    return (comparison_table(found, pair),)

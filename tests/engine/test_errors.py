import errno

import pytest

from engine.errors import BadFileError, EngineError, OutOfMemoryError, OutputError, UnexpectedError, as_engine_error


def test_an_engine_error_stays_itself():
    error = BadFileError("There is no file.")
    assert as_engine_error(error) is error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), OutOfMemoryError),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), OutOfMemoryError),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA"), OutOfMemoryError),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), OutputError),
        (ZeroDivisionError("division by zero"), UnexpectedError),
    ],
    ids=["memory", "CPU memory", "GPU memory", "disk", "bug"],
)
def test_any_other_becomes_one_sentence(error, kind):
    said = as_engine_error(error)
    assert type(said) is kind
    assert str(said).endswith(".")
    assert "\n" not in str(said)


def test_an_unexpected_error_keeps_its_cause():
    cause = ZeroDivisionError("division by zero")
    assert as_engine_error(cause).__cause__ is cause
    assert issubclass(UnexpectedError, EngineError)

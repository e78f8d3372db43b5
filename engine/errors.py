"""Errors worded for the user: each says in one sentence what is wrong and what to do next."""

from __future__ import annotations


class EngineError(Exception):
    """A problem the user can act on; ``str(error)`` is the sentence to show."""


class BadFileError(EngineError):
    """A file is missing, unreadable, damaged or not of the kind asked for."""


class MissingFileError(BadFileError):
    """There is no such file or folder (any more)."""


class BadHeaderError(BadFileError):
    """An image header whose geometry cannot be trusted."""


class BadLabelsError(EngineError):
    """A label map holds values its table does not know, or lacks what is needed."""


class BadRecipeError(EngineError):
    """A recipe asks for something the model pack does not offer."""


class BadPackError(EngineError):
    """A model pack is incomplete, damaged or of an unknown version."""


class NoBrainError(EngineError):
    """No brain was found in a scan."""


class RegistrationError(EngineError):
    """Two scans could not be brought to lie on each other."""


class OutputError(EngineError):
    """A result cannot be written where it was asked for."""


class ChangedFileError(OutputError):
    """Somebody else wrote to a file since it was opened, so it is not replaced without asking."""


class TrainingError(EngineError):
    """Training cannot start or go on."""


class EvaluationError(EngineError):
    """An evaluation lacks what it needs, or what it was given does not fit together."""


class SelfTestError(EngineError):
    """The program tried itself and something is not as it should be."""


class OutOfMemoryError(EngineError):
    """A computation needs more memory than the machine has."""


class UnexpectedError(EngineError):
    """A fault of the program itself: nothing the user did."""


def as_engine_error(error: BaseException) -> EngineError:
    """The same problem as an `EngineError`, so that whoever shows it needs to know one type only."""
    if isinstance(error, EngineError):
        return error
    if isinstance(error, MemoryError) or _says_out_of_memory(error):
        return OutOfMemoryError("There is not enough memory for this; close other programs and try again.")
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return OutputError(f"The file system refused: {error.strerror or error}{where}; check the disk and try again.")
    unexpected = UnexpectedError(
        f"Something unexpected went wrong ({type(error).__name__}: {error}); please report it."
    )
    unexpected.__cause__ = error
    return unexpected


def _says_out_of_memory(error: BaseException) -> bool:
    # torch's own types are not known here: CUDA has a class for it, the CPU allocator only words.
    return type(error).__name__ == "OutOfMemoryError" or "can't allocate memory" in str(error)

"""VentriSynth's engine: everything that computes. It knows neither Qt nor VTK."""

#: The same as in pyproject.toml; kept here because the application also runs from a clone, where nothing is installed.
VERSION = "0.1.0"

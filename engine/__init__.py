"""VentriSynth's engine: everything that computes. It knows neither Qt nor VTK."""

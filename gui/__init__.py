"""The desktop window: it draws, listens and remembers. It knows numpy, Qt and VTK, and no torch."""

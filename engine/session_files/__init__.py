"""Sessions in one file, and what outlives a killed window. It must not know of widgets."""

"""The pictures: slices, the surface of the ventricles, and what is painted on top of them."""

"""What runs for the user on tensors: networks, samplers, generators, segmenter. Torch lives here."""

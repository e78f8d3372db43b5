"""How the weights of a model pack are made: data, augmentation, and one trainer per network."""

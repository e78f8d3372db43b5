"""Model packs: what one is, how its manifest is checked, where packs are installed and what they need."""

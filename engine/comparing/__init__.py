"""Two segmentations, or two scans of one person: brought onto one grid, aligned if asked, and compared."""

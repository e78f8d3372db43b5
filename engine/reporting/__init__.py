"""Reports of a case on one page: what stands in them, their pictures, and how they become HTML and PDF."""

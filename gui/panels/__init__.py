"""What asks the user and what tells: recipe, measures, labels, display, job."""

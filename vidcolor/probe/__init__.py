"""What is in a film, what a run will do with it, and how long that takes here."""

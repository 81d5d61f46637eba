"""Training of the bundled colorizer and of published systems."""

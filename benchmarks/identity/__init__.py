"""Whether one thing has one color in all shots that show it, and what answers are worth."""

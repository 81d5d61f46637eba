"""What a person knows about the colors of a film: stills, points, locks, reference photographs."""

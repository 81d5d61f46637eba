"""What is known of a film before it is colored; knows frames, not files."""

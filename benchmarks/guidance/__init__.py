"""What colors that a person gives are worth."""

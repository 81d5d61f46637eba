"""What files and callers say of the colors of one film, found on its frames."""

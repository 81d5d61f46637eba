"""What a film shows again and again, in one color each, and what is worth a person's minute."""

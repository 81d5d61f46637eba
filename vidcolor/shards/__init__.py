"""A film's units divided among workers that share nothing but a folder."""

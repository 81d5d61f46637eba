"""Many films: found in folders and lists, colored one after another, with a record of each."""

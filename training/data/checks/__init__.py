"""What may be wrong with records that are well formed, each check in a file of its own."""

"""The proof that the suite can fail: known defects against the scenarios that claim to turn red on them."""

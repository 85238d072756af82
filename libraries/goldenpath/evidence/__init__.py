"""What a failed test tells its reader: a few labelled lines, and the evidence of that moment at the failing step."""

"""Golden Path: keywords, clients and judges of the acceptance suite."""

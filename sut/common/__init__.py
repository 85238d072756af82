"""What both services share: ids, errors, tokens, settings, web plumbing."""

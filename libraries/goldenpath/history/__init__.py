"""What each user sent and received, recorded once and read by everyone."""

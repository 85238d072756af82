"""What the scenarios about WebSocket races do: many tries at once, and how many of them really hit the moment."""

"""What the scenarios about routing do: who handles a message, in which order, for whom, and on which instance."""

"""The backend: chat socket, REST, runs and the delivery of their events."""

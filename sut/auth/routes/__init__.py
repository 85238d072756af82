"""What the auth service offers over HTTP, one file a subject."""

"""The only code that speaks SQL and Redis commands."""

"""The project's own checks: rules for Robot files and Python files, the leak scan, and the stages of `.ci/run`."""

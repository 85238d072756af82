"""What happens at the end of every test before it has passed: prove the silence, look into the stores, judge, stamp."""

"""`emgd mvc`: leads a person through the maximum contraction of each muscle."""

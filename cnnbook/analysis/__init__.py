"""What a trained network gets right and wrong, what it bears, and what it looks at."""

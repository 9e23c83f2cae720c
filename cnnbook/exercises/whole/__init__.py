"""Exercises of the chapter on a whole network, a module each."""

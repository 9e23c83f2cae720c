"""What the chapters of the book import."""

"""Recipes side by side: the notebook's lesson as a table and a page."""

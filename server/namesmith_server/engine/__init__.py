"""The engine: sampling, scoring and evaluation; knows numpy and the domain only."""

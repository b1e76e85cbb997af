"""The engines, one way to answer each."""

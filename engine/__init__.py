"""The anomaly engine: images in, scores and anomaly maps out.

It imports neither Qt nor SQLite nor `station`, reads no clock and keeps no global state.
"""

"""Methods side by side on the user's own pictures, each in a process of its own.

A contender's process reads `job.json` in a folder, teaches, is timed a picture at a time whenever
its turn comes, and leaves `outcome.json` and one anomaly map a test picture; all figures are worked
out from these in one place, alike for every contender.
"""

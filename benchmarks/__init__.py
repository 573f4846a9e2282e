"""The benchmarks: `python -m benchmarks` measures eptrans beside C and other ways to do the same.

Every figure comes from runs in one session that take turns with what they are compared with, so that a
machine which is busy, or changes its clock rate, does the same to both. Medians are shown, with the
lowest and the highest of the rounds.
"""

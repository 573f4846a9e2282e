"""The device runtime: the emulated machine that compiled programs run on.

`core.run_program` is the way in. The modules stand on each other in this order: memory, arrays and the
modules of values and text; output; scheduler; faults and console; flight; mesh; collectives and
taskfarm; outcome; core. Generated code sees none of them, only the table of entries in eptrans_rt.h.
"""

"""From the IR to a shared object: the C emitter, the C compiler driver and the cache of built programs."""

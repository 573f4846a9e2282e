"""From ePython source text to the IR: reading and rewriting the text, names and modules, building."""

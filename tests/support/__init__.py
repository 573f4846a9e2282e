"""What the tests share: case files, a warm command line, the program generator and its reference."""

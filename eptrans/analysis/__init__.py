"""What the compiler finds out about a program: assignment, types and facts of loops; one job a file."""

"""What changes the intermediate representation: one transformation a file."""

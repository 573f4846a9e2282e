"""`python -m eptrans` is the command `eptrans`."""

from eptrans.cli import main

if __name__ == "__main__":
    main()

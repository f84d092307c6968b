"""``python -m pgwarrant``."""

from pgwarrant.cli import main

if __name__ == "__main__":
    main()

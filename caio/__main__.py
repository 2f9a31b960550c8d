"""``python -m caio``: the command line without the console script."""

from caio.cli.main import main

if __name__ == "__main__":
    main()

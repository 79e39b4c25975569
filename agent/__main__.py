"""`python -m fixit_runtime.agent`, the second way in."""

from fixit_runtime.agent.cli import main

if __name__ == "__main__":
    main()

"""`python -m aecourse`: can this machine run the course?

It needs nothing but the standard library, so it runs *before* anything is installed and
says plainly what a package resolver would say obscurely. Exit status 0 means yes.
"""

import sys

from aecourse import machine


def main() -> int:
    problems = machine.problems()
    for problem in problems:
        print("This machine cannot run the course yet: " + problem)
    if not problems:
        print("Python %d.%d on this machine can run the course." % sys.version_info[:2])
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

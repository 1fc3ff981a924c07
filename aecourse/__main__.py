"""`python -m aecourse`: can this machine run the course? Its runs, a learner's progress, a class.

Without a command it needs nothing but the standard library, so it runs *before* anything is
installed, on any Python 3, and says plainly what a package resolver would say obscurely. Exit
status 0 means yes.
"""

import argparse
import sys

from aecourse import machine


def main(arguments=None) -> int:
    about = "Without a command: can this machine run the course?"
    parser = argparse.ArgumentParser(prog="python -m aecourse", description=about)
    commands = parser.add_subparsers(dest="command", title="commands")
    runs = commands.add_parser("runs", help="list the runs that are kept, or delete some")
    runs.add_argument(
        "--delete", nargs="+", default=[], metavar="NAME", help="a run, or all of a lesson"
    )
    runs.add_argument("--yes", action="store_true", help="delete without asking")
    commands.add_parser("tensorboard", help="show the runs; takes TensorBoard's own options")
    commands.add_parser("progress", help="which lessons were run, which exercises are solved")
    teach = commands.add_parser("teach", help="make handouts, answer keys and slides")
    teach.add_argument("folder", help="where to put them, each in a folder of its own")
    teach.add_argument(
        "--lessons", nargs="+", default=[], metavar="NN", help="of these lessons (default: all)"
    )
    chosen, others = parser.parse_known_args(arguments)
    if others and chosen.command != "tensorboard":
        parser.error("unknown: " + " ".join(others))
    problems = machine.problems()
    for problem in problems:
        print("This machine cannot run the course yet: " + problem)
    if problems:
        return 1
    from aecourse import settings  # written for the Pythons that will do

    is_checkout = settings.project_root() is not None
    if not chosen.command:
        print("Python %d.%d on this machine can run the course." % sys.version_info[:2])
        if not is_checkout:
            print(settings.elsewhere())
        return 0
    if chosen.command == "teach" and not is_checkout:
        print(settings.elsewhere())
        return 1
    try:
        if chosen.command == "teach":
            from aecourse import teaching
        elif chosen.command == "progress":
            from aecourse import lessons
        else:
            from aecourse import runs as kept
    except ImportError as error:
        print("The course is not installed in this Python (%s). Use the one that the" % error)
        print(r"README's first command makes: .venv/bin/python (Windows: .venv\Scripts\python).")
        return 1
    if chosen.command == "teach":
        return teaching.main(chosen.folder, chosen.lessons)
    if chosen.command == "progress":
        print(lessons.progress.listed(lessons.descriptions().values()))
        return 0
    if chosen.command == "tensorboard":
        return kept.tensorboard(others)
    return kept.main(chosen.delete, asked=not chosen.yes)


if __name__ == "__main__":
    status = main()
    if "ipykernel" not in sys.modules:  # in a cell (`%run`) a status would show a traceback
        sys.exit(status)

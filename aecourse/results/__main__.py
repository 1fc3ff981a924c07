"""`python -m aecourse.results`: make docs/RESULTS.md and the README's two tables anew."""

from aecourse.results.tables import main

main()

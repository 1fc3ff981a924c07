"""What pyproject.toml cannot say: a wheel also brings the course's own records, docs/results, which
lessons draw figures of."""

from pathlib import Path
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

RECORDS = Path(__file__).parent / "docs" / "results"


class BuildWithRecords(build_py):
    """To build/lib, from which a wheel is made. An installation of a checkout reads them there."""

    def run(self):
        super().run()
        if not self.editable_mode:
            place = Path(self.build_lib, "aecourse", "results", "records")
            place.mkdir(parents=True, exist_ok=True)
            for path in RECORDS.glob("*.json"):
                shutil.copy(path, place)


setup(cmdclass={"build_py": BuildWithRecords})

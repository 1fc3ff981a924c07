"""How long does it take to draw the whole data set, and how much memory beside the result?

python benchmarks/drawn_speed.py
"""

import time

from aecourse import datasets
from aecourse.results import peak_memory_mb


def main():
    datasets.load("drawn", train=500, test=1)
    before, begun = peak_memory_mb(), time.perf_counter()
    digits = datasets.load("drawn")
    seconds = time.perf_counter() - begun
    result = (digits.x_train.nbytes + digits.x_test.nbytes) / 1e6
    extra = peak_memory_mb() - before - result
    print(f"{seconds:.1f} s, {result:.0f} MB of images, {extra:.0f} MB beside them")
    begun = time.perf_counter()
    datasets.load("drawn", train=6000, test=1000)
    print(f"a tenth of it: {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()

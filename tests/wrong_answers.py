"""Answers that learners give and that are wrong, each with words its hint must contain.

Exercise -> (code, words). The code defines the function that the exercise asks for; NumPy is
there as `np`. `test_exercises` runs them all: a hint that does not tell them apart fails.
"""

WRONG = {
    # Lesson 00
    "flatten_images": [
        ("def flatten_images(images): return images.reshape(-1)", "(3, 784)"),
        ("def flatten_images(images): return images.reshape(784, -1)", "(3, 784)"),
        (
            "def flatten_images(images): return images.transpose(0, 2, 1).reshape(-1, 784)",
            "column after column",
        ),
        ("def flatten_images(images): return images[::-1].reshape(-1, 784)", "wrong order"),
        ("def flatten_images(images): images.reshape(-1, 784)", "gives None"),
    ],
    "squared_error": [
        ("def squared_error(images, copies): return ((images - copies) ** 2).sum()", "summed"),
        (
            "def squared_error(images, copies): "
            "return ((images - copies) ** 2).sum(axis=(1, 2)).mean()",
            "summed",
        ),
        (
            "def squared_error(images, copies): return ((images - copies) ** 2).mean(axis=(1, 2))",
            "over the images too",
        ),
        ("def squared_error(images, copies): return abs(images - copies).mean()", "absolute"),
        (
            "def squared_error(images, copies): return np.sqrt(((images - copies) ** 2).mean())",
            "square root",
        ),
        ("def squared_error(images, copies): return (images - copies).mean() ** 2", "is off"),
        ("def squared_error(images, copies): return (images - copies) ** 2", "a single number"),
        ("def squared_error(images): return 0", "stopped with TypeError"),
    ],
    "class_means": [
        ("def class_means(images, labels): return images.mean(axis=0)", "one mean image"),
        (
            "def class_means(images, labels): return np.stack([images.mean(axis=0)] * 10)",
            "the mean of *all*",
        ),
        (
            "def class_means(images, labels): "
            "return np.stack([images[labels == d].sum(axis=0) for d in range(10)])",
            "sums",
        ),
        (
            "def class_means(images, labels): "
            "return np.stack([images[labels == d].mean(axis=0) for d in range(9, -1, -1)])",
            "row 3",
        ),
    ],
    # Lesson 01
    "parameter_count": [
        (
            "def parameter_count(sizes): "
            "return sum(m * n for m, n in zip(sizes[:-1], sizes[1:], strict=True))",
            "weights only",
        ),
        (
            "def parameter_count(sizes): "
            "return sum(m * n for m, n in zip(sizes[:-1], sizes[1:], strict=True)) + sum(sizes)",
            "input layer has no biases",
        ),
        (
            "def parameter_count(sizes): "
            "return sum(m * (n + 1) for m, n in zip(sizes[:-1], sizes[1:], strict=True))",
            "outputs",
        ),
        ("def parameter_count(sizes): return 101_200", "for [5, 3]"),
        ("def parameter_count(sizes): return sizes", "a single number"),
    ],
    "pca_copy": [
        (
            "def pca_copy(images, components, mean): return (images - mean) @ components.T",
            "those are the codes",
        ),
        (
            "def pca_copy(images, components, mean): "
            "return (images - mean) @ components.T @ components",
            "lack the mean",
        ),
        (
            "def pca_copy(images, components, mean): return images @ components.T @ components",
            "before projecting",
        ),
        (
            "def pca_copy(images, components, mean): "
            "return images @ components.T @ components + mean",
            "not subtracted",
        ),
        (
            "def pca_copy(images, components, mean): return (images - mean) @ components",
            "stopped with ValueError",
        ),
        ("def pca_copy(images, components, mean): return images", "copies are off"),
    ],
    "nearest_codes": [
        (
            "def nearest_codes(codes, query, count): "
            "return np.sort(np.linalg.norm(codes - query, axis=1))[:count]",
            "those are the distances",
        ),
        (
            "def nearest_codes(codes, query, count): "
            "return np.argsort(np.linalg.norm(codes - query, axis=1))[::-1][:count]",
            "farthest",
        ),
        (
            "def nearest_codes(codes, query, count): "
            "return np.argsort(-np.linalg.norm(codes - query, axis=1))[-count:]",
            "nearest comes first",
        ),
        (
            "def nearest_codes(codes, query, count): return np.argsort(-(codes @ query))[:count]",
            "favors long codes",
        ),
        (
            "def nearest_codes(codes, query, count): "
            "return np.argsort(np.abs(codes - query)[:, 0])[:count]",
            "not the nearest",
        ),
        (
            "def nearest_codes(codes, query, count): "
            "return np.argsort(np.linalg.norm(codes - query, axis=1))",
            "5 nearest",
        ),
    ],
    "hash_codes": [
        ("def hash_codes(codes): return codes > 0", "0 separates nothing"),
        ("def hash_codes(codes): return codes > np.median(codes)", "its own median"),
        ("def hash_codes(codes): return codes > codes.mean(axis=0)", "pulled up"),
        (
            "def hash_codes(codes): return codes > np.median(codes, axis=1, keepdims=True)",
            "wrong axis",
        ),
        ("def hash_codes(codes): return np.median(codes, axis=0)", "a bit for each number"),
        (
            "def hash_codes(codes): return (codes > np.median(codes, axis=0)).astype(int)",
            "gives bits",
        ),
        ("def hash_codes(codes): return codes < np.median(codes, axis=0)", "compare with the"),
    ],
}

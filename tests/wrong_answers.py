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
    # Lesson 02
    "add_noise": [
        (
            "def add_noise(images, std, random): "
            "return images + std * random.standard_normal(images.shape)",
            "clip at the end",
        ),
        ("def add_noise(images, std, random): return np.clip(images, 0, 1)", "nothing has changed"),
        (
            "def add_noise(images, std, random): "
            "return np.clip(images + std * random.standard_normal(images.shape[1:]), 0, 1)",
            "the same noise",
        ),
        (
            "def add_noise(images, std, random): "
            "return np.clip(images + random.standard_normal(images.shape), 0, 1)",
            "too strong",
        ),
        (
            "def add_noise(images, std, random): "
            "return np.clip(images + std * random.random(images.shape), 0, 1)",
            "never negative",
        ),
        (
            "def add_noise(images, std, random): "
            "return np.clip(images + std**2 * random.standard_normal(images.shape), 0, 1)",
            "wrong spread",
        ),
    ],
    "mean_psnr": [
        (
            "def mean_psnr(images, copies): return -10 * np.log10(((images - copies) ** 2).mean())",
            "of the mean error",
        ),
        (
            "def mean_psnr(images, copies): "
            "return -10 * np.log10(((images - copies) ** 2).mean(axis=(1, 2)))",
            "give their mean",
        ),
        (
            "def mean_psnr(images, copies): "
            "return (10 * np.log10(((images - copies) ** 2).mean(axis=(1, 2)))).mean()",
            "sign",
        ),
        (
            "def mean_psnr(images, copies): "
            "return (-10 * np.log(((images - copies) ** 2).mean(axis=(1, 2)))).mean()",
            "natural",
        ),
        (
            "def mean_psnr(images, copies): "
            "return (-20 * np.log10(((images - copies) ** 2).mean(axis=(1, 2)))).mean()",
            "amplitudes",
        ),
        ("def mean_psnr(images, copies): return 11.0", "is off"),
    ],
    "linear_denoiser": [
        (
            "def linear_denoiser(noisy, clean, penalty): "
            "return np.linalg.solve(noisy.T @ noisy, noisy.T @ clean)",
            "penalty is missing",
        ),
        (
            "def linear_denoiser(noisy, clean, penalty): "
            "return np.linalg.solve(noisy.T @ noisy + penalty, noisy.T @ clean)",
            "diagonal only",
        ),
        ("def linear_denoiser(noisy, clean, penalty): return noisy.T @ clean", "inverse"),
        (
            "def linear_denoiser(noisy, clean, penalty): "
            "return np.linalg.lstsq(noisy, clean, rcond=None)[0].T",
            "needs (d, e)",
        ),
        (
            "def linear_denoiser(noisy, clean, penalty): "
            "return np.linalg.solve(noisy.T @ noisy + penalty**2 * np.eye(6), noisy.T @ clean)",
            "not the minimum",
        ),
        ("def linear_denoiser(noisy, clean, penalty): return noisy @ clean", "ValueError"),
    ],
    "mask_pixels": [
        ("def mask_pixels(images, share, random): return images", "no pixel is gone"),
        (
            "def mask_pixels(images, share, random): "
            "return images * (random.random(images.shape) < share)",
            "turned round",
        ),
        (
            "def mask_pixels(images, share, random): "
            "return images * (random.random(images.shape[1:]) >= share)",
            "the same pixels",
        ),
        (
            "def mask_pixels(images, share, random): "
            "return images * (random.random(images.shape) >= share) / (1 - share)",
            "scaled up",
        ),
        (
            "def mask_pixels(images, share, random): "
            "return images * (random.random(images.shape) >= 0.5)",
            "should be 25 %",
        ),
        ("def mask_pixels(images, share, random): return images * (1 - share)", "must stay"),
    ],
    # Lesson 03
    "kl_divergence": [
        (
            "def kl_divergence(z_mean, z_log_var): "
            "return 0.5 * (z_mean**2 + np.exp(z_log_var) - 1 - z_log_var)",
            "sum over the last axis",
        ),
        (
            "def kl_divergence(z_mean, z_log_var): "
            "return 0.5 * (z_mean**2 + np.exp(z_log_var) - 1 - z_log_var).sum()",
            "one for each code",
        ),
        (
            "def kl_divergence(z_mean, z_log_var): "
            "return 0.5 * (1 + z_log_var - z_mean**2 - np.exp(z_log_var)).sum(axis=1)",
            "never negative",
        ),
        (
            "def kl_divergence(z_mean, z_log_var): "
            "return (z_mean**2 + np.exp(z_log_var) - 1 - z_log_var).sum(axis=1)",
            "1/2 is missing",
        ),
        (
            "def kl_divergence(z_mean, z_log_var): "
            "return 0.5 * (z_mean**2 + np.exp(z_log_var) - 1 - z_log_var).mean(axis=1)",
            "add up",
        ),
        (
            "def kl_divergence(z_mean, z_log_var): "
            "return 0.5 * (z_mean**2 + np.exp(2 * z_log_var) - 1 - 2 * z_log_var).sum(axis=1)",
            "log standard deviation",
        ),
        (
            "def kl_divergence(z_mean, z_log_var): "
            "return 0.5 * (z_mean**2 + np.exp(z_log_var)).sum(axis=1)",
            "four terms",
        ),
    ],
    "kl_from_log_std": [
        (
            "def kl_from_log_std(mean, log_std): return -0.5 * "
            "np.sum(1 + log_std - np.square(mean) - np.square(np.exp(log_std)), axis=-1)",
            "as it was",
        ),
        (
            "def kl_from_log_std(mean, log_std): return -0.5 * "
            "np.sum(1 + log_std - np.square(mean) - np.exp(log_std), axis=-1)",
            "meaning of its name",
        ),
        (
            "def kl_from_log_std(mean, log_std): return -0.5 * "
            "np.sum(1 + 2 * log_std - np.square(mean) - np.exp(log_std), axis=-1)",
            "not the KL yet",
        ),
    ],
    "vae_loss": [
        (
            "def vae_loss(images, copies, kl): return np.sum((images - copies) ** 2) + np.mean(kl)",
            "as it was",
        ),
        (
            "def vae_loss(images, copies, kl): return np.sum((images - copies) ** 2) + np.sum(kl)",
            "grows with the batch",
        ),
        (
            "def vae_loss(images, copies, kl): "
            "return np.mean((images - copies) ** 2) + np.mean(kl)",
            "784 times more",
        ),
        (
            "def vae_loss(images, copies, kl): "
            "return np.sum((images - copies) ** 2, axis=(1, 2)) + kl",
            "mean over the batch",
        ),
        ("def vae_loss(images, copies, kl): return np.mean(kl)", "then average over images"),
    ],
    "factor_direction": [
        (
            "def factor_direction(without, with_it): return (without - with_it).mean(axis=0)",
            "wrong way",
        ),
        (
            "def factor_direction(without, with_it): return (with_it - without).sum(axis=0)",
            "the sum",
        ),
        ("def factor_direction(without, with_it): return with_it[0] - without[0]", "one pair"),
        (
            "def factor_direction(without, with_it): "
            "d = (with_it - without).mean(axis=0); return d / np.linalg.norm(d)",
            "length lost",
        ),
        ("def factor_direction(without, with_it): return with_it - without", "a step of the code"),
        ("def factor_direction(without, with_it): return with_it.mean(axis=0)", "not the mean"),
    ],
    "discriminator_loss": [
        (
            "def discriminator_loss(d, c): "
            "return np.mean(np.logaddexp(0, d)) + np.mean(np.logaddexp(0, -c))",
            "labels are exchanged",
        ),
        (
            "def discriminator_loss(d, c): "
            "return (np.mean(np.logaddexp(0, -d)) + np.mean(np.logaddexp(0, c))) / 2",
            "half of it",
        ),
        (
            "def discriminator_loss(d, c): "
            "return -np.mean(np.logaddexp(0, -d)) - np.mean(np.logaddexp(0, c))",
            "the sign",
        ),
        (
            "def discriminator_loss(d, c): "
            "return np.mean(np.logaddexp(0, -d)) + np.mean(np.logaddexp(0, -c))",
            "get the label 0",
        ),
        ("def discriminator_loss(d, c): return -np.mean(d) + np.mean(c)", "no probability yet"),
        (
            "def discriminator_loss(d, c): "
            "return np.mean(np.log(1 + np.exp(-d))) + np.mean(np.log(1 + np.exp(c)))",
            "overflows",
        ),
        ("def discriminator_loss(d, c): return np.logaddexp(0, -d)", "one number"),
    ],
    "generator_loss": [
        ("def generator_loss(c): return np.mean(np.log1p(np.exp(c)))", "as it was"),
        ("def generator_loss(c): return -np.mean(np.log1p(np.exp(c)))", "slope vanishes"),
        ("def generator_loss(c): return -np.mean(c)", "without a logarithm"),
        ("def generator_loss(c): return np.mean(1 / (1 + np.exp(-c)))", "log 2"),
        ("def generator_loss(c): return np.logaddexp(0, -c)", "one number"),
    ],
    "sliced_distance": [
        (
            "def sliced_distance(a, b, w): return np.mean(np.abs(a @ w - b @ w))",
            "not sorted",
        ),
        (
            "def sliced_distance(a, b, w): return np.mean(np.abs(np.sort(a @ w) - np.sort(b @ w)))",
            "wrong axis",
        ),
        (
            "def sliced_distance(a, b, w): "
            "return np.mean((np.sort(a @ w, axis=0) - np.sort(b @ w, axis=0)) ** 2)",
            "2-distance",
        ),
        (
            "def sliced_distance(a, b, w): "
            "return np.mean(np.sort(a @ w, axis=0) - np.sort(b @ w, axis=0))",
            "cancel",
        ),
        (
            "def sliced_distance(a, b, w): "
            "return np.mean(np.abs((a @ w).mean(axis=0) - (b @ w).mean(axis=0)))",
            "means only",
        ),
        ("def sliced_distance(a, b, w): return 0.0", "project with @"),
    ],
    "ring": [
        (
            "def ring(n, random): r = random.normal(1, 0.1, n); t = random.uniform(0, 7, n); "
            "return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)",
            "it should be 2",
        ),
        (
            "def ring(n, random): t = random.uniform(0, 2 * np.pi, n); "
            "return 2 * np.stack([np.cos(t), np.sin(t)], axis=1)",
            "should be 0.1",
        ),
        (
            "def ring(n, random): r = random.normal(2, 0.1, n); t = random.uniform(0, np.pi, n); "
            "return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)",
            "more points than others",
        ),
        (
            "def ring(n, random): random = np.random.default_rng(0); "
            "r = random.normal(2, 0.1, n); t = random.uniform(0, 2 * np.pi, n); "
            "return np.stack([r * np.cos(t), r * np.sin(t)], axis=1)",
            "every call gives the same",
        ),
        ("def ring(n, random): return random.normal(2, 0.1, n)", "two numbers for each"),
    ],
    "one_hot": [
        ("def one_hot(y, k): return (y[:, None] >> np.arange(4)) & 1", "four bits"),
        ("def one_hot(y, k): return np.eye(k)[y].T", "rows and columns"),
        ("def one_hot(y, k): return np.eye(k)[y] * np.maximum(y, 1)[:, None]", "not the label"),
        ("def one_hot(y, k): return 1 - np.eye(k)[y]", "turned round"),
        ("def one_hot(y, k): return np.eye(10)[(y + 1) % 10]", "0 0 0 1"),
        ("def one_hot(y, k): return np.eye(10)[y]", "as many places"),
    ],
    "style_grid": [
        (
            "def style_grid(s): return np.tile(s, (10, 1)), np.repeat(np.arange(10), len(s))",
            "would be one digit",
        ),
        (
            "def style_grid(s): return np.tile(s, (10, 1)), np.tile(np.arange(10), len(s))",
            "the first ten codes",
        ),
        (
            "def style_grid(s): return np.repeat(s, 10, axis=0), np.repeat(np.arange(10), len(s))",
            "must run from 0 to 9",
        ),
        ("def style_grid(s): return np.repeat(s, 10, axis=0)", "give two things"),
        ("def style_grid(s): return s, np.arange(10)", "ten codes for each"),
    ],
    "style_consistency": [
        (
            "def style_consistency(s, c): return np.corrcoef(s.ravel(), c.ravel())[0, 1]",
            "in one pot",
        ),
        (
            "def style_consistency(s, c): "
            "return np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(s.T, c.T)])",
            "average them",
        ),
        (
            "def style_consistency(s, c): "
            "return np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(s, c)])",
            "within a code",
        ),
        ("def style_consistency(s, c): return np.mean((s - c) ** 2)", "no correlation"),
        ("def style_consistency(s, c): return np.mean(s * c)", "must be 1"),
    ],
    "nearest_styles": [
        (
            "def nearest_styles(s, all_s, n): "
            "return np.argsort(-np.linalg.norm(all_s - s, axis=1))[:n]",
            "farthest",
        ),
        (
            "def nearest_styles(s, all_s, n): "
            "return np.sort(np.linalg.norm(all_s - s, axis=1))[:n]",
            "those are distances",
        ),
        (
            "def nearest_styles(s, all_s, n): return np.argsort(-(all_s @ s))[:n]",
            "scalar product",
        ),
        (
            "def nearest_styles(s, all_s, n): return np.argsort(np.linalg.norm(all_s - s, axis=1))",
            "as many indices",
        ),
        ("def nearest_styles(s, all_s, n): return np.arange(n)", "here 7"),
    ],
    # Lesson 07
    "optimal_discriminator": [
        ("def optimal_decision(p, q): return q / (p + q)", "how likely it is real"),
        ("def optimal_decision(p, q): return p / q", "can exceed 1"),
        ("def optimal_decision(p, q): return p", "matters as well"),
        ("def optimal_decision(p, q): return 1 / (1 + np.exp(-p / q))", "log(p / q)"),
        ("def optimal_decision(p, q): return p / (p + 2 * q)", "derivative"),
        (
            "def optimal_decision(p, q): return p / np.maximum(p + q, 1e-12)",
            "where neither density",
        ),
    ],
    "stratified_noise": [
        (
            "def stratified_noise(count, low, high, random): "
            "return random.uniform(low, high, count)",
            "got no value",
        ),
        (
            "def stratified_noise(count, low, high, random): "
            "return (np.arange(count) + random.random(count)) / count",
            "got no value",
        ),
        (
            "def stratified_noise(count, low, high, random): return np.linspace(low, high, count)",
            "without chance",
        ),
        (
            "def stratified_noise(count, low, high, random): "
            "return low + (high - low) * (np.arange(count) + random.random()) / count",
            "shifted together",
        ),
        (
            "def stratified_noise(count, low, high, random): "
            "return low + high * (np.arange(count) + random.random(count)) / count",
            "got no value",
        ),
        (
            "def stratified_noise(count, low, high, random): "
            "return low + 2 * (high - low) * (np.arange(count) + random.random(count)) / count",
            "it reaches from",
        ),
    ],
    "generator_slopes": [
        (
            "def generator_slopes(logits): d = 1 / (1 + np.exp(-logits)); return d - 1, -d",
            "exchanged",
        ),
        (
            "def generator_slopes(logits): "
            "d = 1 / (1 + np.exp(-logits)); return np.log(1 - d), -np.log(d)",
            "those are the losses",
        ),
        (
            "def generator_slopes(logits): "
            "d = 1 / (1 + np.exp(-logits)); return -1 / (1 - d), -1 / d",
            "chain rule",
        ),
        ("def generator_slopes(logits): d = 1 / (1 + np.exp(-logits)); return -d, -d", "is right"),
        ("def generator_slopes(logits): d = 1 / (1 + np.exp(-logits)); return d, 1 - d", "log(1"),
        ("def generator_slopes(logits): return -1 / (1 + np.exp(-logits))", "two things"),
    ],
    "perfect_generator": [
        (
            "def perfect_generator(noise): "
            "from scipy.stats import norm; return norm.ppf((noise + 5) / 10)",
            "mean is -1",
        ),
        (
            "def perfect_generator(noise): "
            "from scipy.stats import norm; return norm(-1, 1).cdf(noise)",
            "its inverse",
        ),
        (
            "def perfect_generator(noise): "
            "from scipy.stats import norm; return norm(-1, 1).pdf(noise)",
            "spread like it",
        ),
        ("def perfect_generator(noise): return noise - 1", "its level"),
        ("def perfect_generator(noise): return np.random.normal(-1, 1, 5)", "one value for each"),
    ],
    "heavy_tail": [
        ("def heavy_tail(levels): return np.tan(np.pi * levels)", "quarter turn"),
        ("def heavy_tail(levels): return np.tan(levels - 0.5)", "stretch"),
        ("def heavy_tail(levels): return np.arctan(np.pi * (levels - 0.5))", "way back"),
        ("def heavy_tail(levels): return np.tan(np.pi * (0.5 - levels))", "falling"),
        ("def heavy_tail(levels): return levels - 0.5", "a quarter"),
    ],
    "balanced": [
        (
            "def balanced(y, n, r): "
            "return np.concatenate([r.choice(np.flatnonzero(y == k), n) for k in range(10)])",
            "chosen twice",
        ),
        ("def balanced(y, n, r): return r.permutation(len(y))[: 10 * n]", "8 of each"),
        (
            "def balanced(y, n, r): "
            "return np.concatenate([np.flatnonzero(y == k)[:n] for k in range(10)])",
            "whatever the generator",
        ),
        (
            "def balanced(y, n, r): return np.concatenate("
            "[np.random.permutation(np.flatnonzero(y == k))[:n] for k in range(10)])",
            "nothing else",
        ),
        ("def balanced(y, n, r): return np.arange(n)", "ten times"),
        ("def balanced(y, n, r): return r.uniform(size=10 * n)", "whole numbers"),
    ],
    "cross_entropy": [
        (
            "def cross_entropy(p, y): s = np.exp(p) / np.exp(p).sum(axis=1, keepdims=True); "
            "return -np.log(s[np.arange(len(y)), y]).mean()",
            "public version",
        ),
        (
            "def cross_entropy(p, y): return np.log(p[np.arange(len(y)), y]).mean()",
            "the sign",
        ),
        ("def cross_entropy(p, y): return -np.log(p[np.arange(len(y)), y])", "average them"),
        ("def cross_entropy(p, y): return -np.log(p[np.arange(len(y)), y]).sum()", "a sum"),
        ("def cross_entropy(p, y): return -p[np.arange(len(y)), y].mean()", "logarithm"),
        ("def cross_entropy(p, y): return -np.log(p).mean()", "own label"),
    ],
    "accuracy_by_vote": [
        ("def accuracy_by_vote(k, y): return np.mean(k == y)", "no names"),
        (
            "def accuracy_by_vote(k, y): "
            "return sum(np.bincount(y[k == c]).max() for c in np.unique(k))",
            "divide",
        ),
        (
            "def accuracy_by_vote(k, y): "
            "return np.mean([np.bincount(y[k == c]).max() / (k == c).sum() for c in np.unique(k)])",
            "count more",
        ),
        ("def accuracy_by_vote(k, y): return 1.0", "3, 3 and 3"),
    ],
}

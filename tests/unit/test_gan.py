"""The one-dimensional GAN: its discriminator, its games side by side, what sorting cannot do."""

from aecourse import metrics
from aecourse.models import GAN, optimal_discriminator
from aecourse.networks import build_parallel_dense
from aecourse.training import falling_adam
import interrupted
import keras
import numpy as np
import pytest
from scipy.stats import norm

PHASES = ("discriminator", "generator")


def draws(games=2, minibatches=6, batch=20, seed=0):
    random = np.random.default_rng(seed)
    real = random.normal(-1, 1, (minibatches, batch, games)).astype(np.float32)
    return real, random.uniform(-5, 5, real.shape).astype(np.float32)


def small(seeds=(0, 1), inputs=1, optimizers=None, **settings):
    model = GAN(
        build_parallel_dense(seeds, hidden=(6, 5), name="generator"),
        build_parallel_dense(seeds, hidden=(6, 5), inputs=inputs, name="discriminator"),
        **settings,
    )
    model.compile(learning_rate=0.01, optimizers=optimizers)
    return model


def weights(model):
    return {name: getattr(model, name).get_weights() for name in PHASES}


# The optimal discriminator.


def test_no_other_discriminator_beats_the_optimal_one():
    p, q = norm(-1, 1).pdf(np.linspace(-5, 5, 201)), norm(0.5, 0.7).pdf(np.linspace(-5, 5, 201))
    best = optimal_discriminator(p, q).numpy()

    def loss(decision):
        return -np.sum(p * np.log(decision) + q * np.log(1 - decision))

    random = np.random.default_rng(0)
    for size in (1e-3, 1e-2, 0.1):
        other = np.clip(best + size * random.standard_normal(best.shape), 1e-6, 1 - 1e-6)
        assert loss(other) > loss(best)


def test_the_optimal_discriminator_where_one_density_or_both_are_zero():
    found = optimal_discriminator(np.array([0.2, 0.0, 0.0, 0.3]), np.array([0.0, 0.2, 0.0, 0.1]))
    np.testing.assert_allclose(found, [1.0, 0.0, 0.5, 0.75])


def test_a_trained_discriminator_comes_to_the_optimal_one():
    real, noise = draws(games=1, minibatches=300, batch=500)
    line = build_parallel_dense((0,), hidden=())
    line.set_weights([np.full((1, 1, 1), 0.2), np.zeros((1, 1, 1))])  # values uniform on [-1, 1]
    model = GAN(line, build_parallel_dense((0,), hidden=(16, 16)))
    still = keras.optimizers.SGD(0.0)
    model.compile(optimizers={"discriminator": keras.optimizers.Adam(0.01), "generator": still})
    model.fit(real, noise, batch_size=1, epochs=3, shuffle=False, verbose=0)
    x = np.linspace(-0.5, 0.5, 7).astype(np.float32)[:, None]
    found = keras.ops.sigmoid(model.judge(x)).numpy()
    best = optimal_discriminator(norm(-1, 1).pdf(x), np.full_like(x, 0.5))
    np.testing.assert_allclose(found, best, atol=0.05)


# Phases.


@pytest.mark.parametrize("phase", PHASES)
def test_each_phase_moves_its_own_weights_and_all_of_them(phase):
    model = small(
        gradient_penalty=1.0,
        optimizers={p: keras.optimizers.SGD(0.1 if p == phase else 0.0) for p in PHASES},
    )
    before = weights(model)
    real, noise = draws()
    model.train_on_batch(real[:1], noise[:1])
    after = weights(model)
    for name in PHASES:
        last_bias = -1  # an offset of all logits: no slope, but it learns from the loss
        for old, new in zip(before[name][:last_bias], after[name][:last_bias], strict=True):
            assert np.array_equal(old, new) == (name != phase)


def test_the_losses_are_the_formulas():
    real, noise = draws()
    model = small(optimizers={phase: keras.optimizers.SGD(0.0) for phase in PHASES})
    logs = model.train_on_batch(real[:1], noise[:1], return_dict=True)
    on_real = 1 / (1 + np.exp(-model.judge(real[0]).numpy()))
    on_generated = 1 / (1 + np.exp(-model.judge(model(noise[0])).numpy()))
    expected = -np.log(on_real).mean() - np.log(1 - on_generated).mean()
    assert logs["discriminator"] == pytest.approx(expected, rel=1e-5)
    assert logs["generator"] == pytest.approx(-np.log(on_generated).mean(), rel=1e-5)
    assert model.test_on_batch(real[:1], noise[:1], return_dict=True) == pytest.approx(
        logs, rel=1e-5
    )
    model = small(optimizers={phase: keras.optimizers.SGD(0.0) for phase in PHASES})
    model.saturating = True
    logs = model.train_on_batch(real[:1], noise[:1], return_dict=True)
    assert logs["generator"] == pytest.approx(np.log(1 - on_generated).mean(), rel=1e-5)


def test_the_slopes_are_those_of_finite_differences():
    real, noise = draws()
    model = small(gradient_penalty=1.0)
    _, slopes = model.judge_with_slopes(keras.ops.convert_to_tensor(real[0]), noise[0])
    ahead, behind = model.judge(real[0] + 0.01), model.judge(real[0] - 0.01)
    np.testing.assert_allclose(slopes, (ahead - behind) / 0.02, atol=1e-3)


def test_the_penalty_of_a_logit_that_is_a_line_is_weight_times_its_squared_slope_halved():
    slope, weight, rate = 1.5, 0.4, 0.1
    steps = []
    for penalty in (weight, 0.0):
        model = GAN(build_parallel_dense((0,)), build_parallel_dense((0,), hidden=()))
        model.discriminator.set_weights([np.full((1, 1, 1), slope), np.zeros((1, 1, 1))])
        model.gradient_penalty = penalty
        model.compile(optimizers={phase: keras.optimizers.SGD(rate) for phase in PHASES})
        real, noise = draws(games=1)
        model.train_on_batch(real[:1], noise[:1])
        steps.append(float(model.discriminator.get_weights()[0].squeeze()))
    # The penalty weight * slope^2 / 2 has the derivative weight * slope.
    assert steps[1] - steps[0] == pytest.approx(rate * weight * slope, rel=1e-4)


def test_the_penalty_flattens_the_discriminator():
    real, noise = draws(minibatches=60)
    size = {}
    for penalty in (0.0, 10.0):
        model = small(gradient_penalty=penalty)
        model.fit(real, noise, batch_size=1, epochs=3, verbose=0)
        model.gradient_penalty = 1.0  # so that slopes are computed
        size[penalty] = np.abs(model.judge_with_slopes(keras.ops.convert_to_tensor(real[0]), 0)[1])
    assert size[10.0].mean() < 0.5 * size[0.0].mean()


def test_several_discriminator_steps_are_several_updates_of_it():
    real, noise = draws()
    model = small(discriminator_steps=3)
    model.fit(real, noise, batch_size=3, verbose=0)
    assert [int(model.optimizers[p].iterations) for p in PHASES] == [6, 2]


def test_where_minibatches_run_out_the_discriminator_sees_the_last_again():
    real, noise = draws(minibatches=2)
    short, long = (small(discriminator_steps=3) for _ in range(2))
    short.train_on_batch(real, noise)
    long.train_on_batch(real[[0, 1, 1]], noise[[0, 1, 1]])
    for name in PHASES:
        for one, other in zip(weights(short)[name], weights(long)[name], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)


def test_each_discriminator_step_sees_a_minibatch_of_its_own():
    real, noise = draws(minibatches=3)
    seen = []
    for shift in (0.0, 1.0):
        model = small(discriminator_steps=3)
        model.train_on_batch(real + np.float32([[[0]], [[0]], [[shift]]]), noise)
        seen.append(weights(model)["discriminator"])
    assert any(not np.allclose(one, other) for one, other in zip(*seen, strict=True))


# Games side by side.


@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_a_game_is_the_same_alone_and_in_company(penalty):
    real, noise = draws(games=3)
    together = small(seeds=(4, 5, 6), gradient_penalty=penalty)
    alone = small(seeds=(5,), gradient_penalty=penalty)
    for step in range(6):
        together.train_on_batch(real[step : step + 1], noise[step : step + 1])
        alone.train_on_batch(real[step : step + 1, :, 1:2], noise[step : step + 1, :, 1:2])
    for name in PHASES:
        for all_, one in zip(weights(together)[name], weights(alone)[name], strict=True):
            np.testing.assert_allclose(all_[1:2], one, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(together(noise[0])[:, 1:2], alone(noise[0][:, 1:2]), atol=1e-5)


def test_each_game_has_its_own_rates_penalty_and_loss():
    real, noise = draws(games=3)
    settings = dict(gradient_penalty=[0.0, 2.0, 5.0], saturating=[False, True, False])
    rates = {"discriminator": (0.02, 0.01, 0.005), "generator": (0.01, 0.04, 0.03)}

    def playing(games):
        of_games = {name: [each[game] for game in games] for name, each in settings.items()}
        model = small(seeds=games, **of_games)
        adams = {
            phase: falling_adam(np.reshape([each[g] for g in games], (-1, 1, 1)).tolist(), **steps)
            for phase, each in rates.items()
        }
        model.compile(optimizers=adams)
        model.fit(
            real[:, :, games], noise[:, :, games], batch_size=1, shuffle=False, epochs=2, verbose=0
        )
        return model

    steps = dict(count=6, epochs=2, batch_size=1)
    together = playing([0, 1, 2])
    for game in range(3):
        alone = playing([game])
        for name in PHASES:
            for all_, one in zip(weights(together)[name], weights(alone)[name], strict=True):
                np.testing.assert_allclose(all_[game : game + 1], one, rtol=1e-3, atol=1e-5)


def test_networks_of_other_seeds_are_other_networks():
    kernels = build_parallel_dense((0, 1, 0), hidden=(6,)).get_weights()[0]
    np.testing.assert_array_equal(kernels[0], kernels[2])
    assert not np.allclose(kernels[0], kernels[1])
    limit = np.sqrt(6 / (1 + 6))  # Glorot's, of one network: not of all three together
    assert 0.7 * limit < np.abs(kernels[:2]).max() <= limit


# Sorting.


def one_step(real, noise, **how):
    model = small(**how)
    model.train_on_batch(real[:1], noise[:1])
    return [w for name in PHASES for w in weights(model)[name]]


def test_sorting_the_real_batch_changes_nothing():
    real, noise = draws()
    for one, other in zip(one_step(real, noise), one_step(np.sort(real, 1), noise), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_sorting_matters_to_a_discriminator_of_pairs():
    real, noise = draws()
    noise = np.sort(noise, axis=1)
    one, other = (one_step(r, noise, inputs=2) for r in (real, np.sort(real, axis=1)))
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(one, other, strict=True))


# A model like any other.


def test_a_generator_learns_the_normal_distribution():
    real, noise = draws(games=2, minibatches=600, batch=100)
    how = dict(hidden=(16, 16), activation="relu")
    generator, discriminator = (build_parallel_dense((0, 1), **how, name=name) for name in "GD")
    model = GAN(generator, discriminator, gradient_penalty=1.0)
    model.compile(learning_rate={"discriminator": 4e-3, "generator": 1e-3})
    quantiles = norm(-1, 1).ppf((np.arange(1000) + 0.5) / 1000)
    test_noise = np.random.default_rng(5).uniform(-5, 5, (1000, 2)).astype(np.float32)
    before = metrics.wasserstein(model(test_noise), quantiles)
    model.fit(real, noise, batch_size=1, epochs=2, shuffle=False, verbose=0)
    after = metrics.wasserstein(model(test_noise), quantiles)
    assert np.all(after < 0.3 * before)


def test_evaluate_does_not_move_anything_and_takes_a_partial_batch():
    real, noise = draws()
    model = small()
    before = weights(model)
    logs = model.evaluate(real, noise, batch_size=4, verbose=0, return_dict=True)
    assert set(logs) == set(PHASES)
    one_by_one = model.evaluate(real, noise, batch_size=1, verbose=0, return_dict=True)
    assert logs["generator"] == pytest.approx(one_by_one["generator"], rel=1e-5)
    for name in PHASES:
        for old, new in zip(before[name], weights(model)[name], strict=True):
            np.testing.assert_array_equal(old, new)


def test_it_reloads_with_its_settings_and_optimizers(tmp_path):
    real, noise = draws()
    model = small(gradient_penalty=[2.0, 0.0], saturating=True)
    model.fit(real, noise, batch_size=1, verbose=0)
    model.save(tmp_path / "gan.keras")
    again = keras.saving.load_model(tmp_path / "gan.keras")
    assert (again.gradient_penalty, again.saturating, again.discriminator_steps) == (
        [2.0, 0.0],
        True,
        1,
    )
    for each in (model, again):
        each.fit(real, noise, batch_size=1, shuffle=False, verbose=0)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_resume_equals_uninterrupted(tmp_path, monkeypatch):
    real, noise = draws(minibatches=8)
    whole, parts = interrupted.twice(small, real, tmp_path, monkeypatch, targets=noise)
    interrupted.assert_same(whole, parts)


def test_what_it_cannot_do_is_refused_in_one_sentence():
    real, noise = draws()
    model = small()
    with pytest.raises(ValueError, match="GAN takes no metrics: its phases"):
        model.compile(metrics=["mean_squared_error"])
    with pytest.raises(ValueError, match="GAN takes no sample_weight"):
        model.fit(real, noise, sample_weight=np.ones(6), verbose=0)
    with pytest.raises(ValueError, match="names penalty; .* are discriminator, generator"):
        model.compile(loss_weights={"penalty": 1.0})
    assert model.example_inputs(real, noise) is None


# The metric.


def test_wasserstein_against_closed_forms():
    quantiles = norm(-1, 1).ppf((np.arange(4000) + 0.5) / 4000)
    values = np.stack([quantiles[::-1], quantiles + 0.5, 2 * quantiles + 1], axis=1)
    shift = np.abs(quantiles + 1).mean()  # N(-1, 2) to N(-1, 1): E|x + 1|
    np.testing.assert_allclose(metrics.wasserstein(values, quantiles), [0, 0.5, shift], atol=1e-9)
    assert shift == pytest.approx(np.sqrt(2 / np.pi), rel=1e-3)
    with pytest.raises(ValueError, match="values has the shape|quantiles has"):
        metrics.wasserstein(quantiles, quantiles)

"""Few labels: which images have one, two streams of different lengths, a model that learns from
both, and a twin that sees the labeled ones only."""

from aecourse.datasets.labels import balanced_choice
from aecourse.models import SemiSupervisedAAE
from aecourse.networks import (
    RandomAffine,
    build_conv_encoder,
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
)
from aecourse.priors import Categorical, Gaussian
from aecourse.training import Run
import interrupted
import keras
import numpy as np
import pytest
import tensorflow as tf

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((22, 28, 28)).astype(np.float32)
LABELED = RANDOM.random((10, 28, 28)).astype(np.float32), np.arange(10, dtype=np.int32)
NETWORKS = ("encoder", "decoder", "label_discriminator", "style_discriminator")


def small(
    augment=None, noise=0.2, batch_norm=True, encoder=None, vat_radius=2.0, schedules=None, **how
):
    """how: of `compile`."""
    keras.utils.set_random_seed(0)
    drawn = build_dense_encoder(3, hidden=(16,), classes=10, batch_norm=batch_norm, noise=noise)
    model = SemiSupervisedAAE(
        encoder or drawn,
        build_dense_decoder(13, hidden=(16,)),
        build_dense_discriminator(10, hidden=(8,)),
        build_dense_discriminator(3, hidden=(8,)),
        Categorical(),
        Gaussian(dim=3),
        augment or RandomAffine(),
        vat_radius=vat_radius,
        schedules=schedules,
    )
    model.compile(**({} if "optimizers" in how else {"learning_rate": 0.01}), **how)
    return model


def only(**loss_weights):
    """These weights of losses, the others 0."""
    return {**dict.fromkeys(SemiSupervisedAAE.LOSS_WEIGHTS, 0.0), **loss_weights}


def descent(**rates):
    """An SGD of its own rate for each phase, 0 unless given."""
    return {p: keras.optimizers.SGD(rates.get(p, 0.0)) for p in SemiSupervisedAAE.PHASES}


def weights(model):
    return {n: [w.numpy() for w in getattr(model, n).trainable_weights] for n in NETWORKS}


def moved(before, after):
    return {
        name
        for name in before
        if any(not np.array_equal(a, b) for a, b in zip(before[name], after[name], strict=True))
    }


# Which images have a label.


def test_as_many_of_each_class_each_once_and_by_seed():
    labels = RANDOM.integers(0, 10, 500)
    chosen = balanced_choice(labels, per_class=20, seed=1)
    assert len(set(chosen)) == 200
    assert np.bincount(labels[chosen]).tolist() == [20] * 10
    np.testing.assert_array_equal(chosen, balanced_choice(labels, per_class=20, seed=1))
    assert set(chosen) != set(balanced_choice(labels, per_class=20, seed=2))
    assert len(set(labels[chosen[:20]])) > 3  # mixed, not one class after the other


@pytest.mark.parametrize("wrong", [0, 3])
def test_more_labels_than_a_class_has_are_refused(wrong):
    with pytest.raises(ValueError, match="from 1 to 2, the number of examples of class 7"):
        balanced_choice(np.array([7, 7, 3, 3, 3]), per_class=wrong, seed=0)


@pytest.mark.parametrize("per_class", [1, 2])
def test_as_many_labels_as_the_smallest_class_has_are_given(per_class):
    labels = np.array([7, 7, 3, 3, 3])
    chosen = balanced_choice(labels, per_class=per_class, seed=0)
    assert np.bincount(labels[chosen]).tolist() == [0, 0, 0, per_class, 0, 0, 0, per_class]
    draws = [balanced_choice(labels, per_class=1, seed=seed) for seed in range(40)]
    assert set(np.concatenate(draws)) == set(range(5))  # each may be chosen


# The streams.


def test_streams_of_different_lengths_each_go_through_their_own_examples(tmp_path, monkeypatch):
    seen = []

    class Watched(keras.Model):
        def build(self, input_shape):
            self.built = True

        def call(self, images):
            return images

        def train_step(self, data):
            images, (labeled, labels) = data
            seen.append((images.numpy(), labeled.numpy(), labels.numpy()))
            return {"loss": 0.0}

    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    model = Watched()
    model.build((None, 28, 28))
    model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
    monkeypatch.setattr(Run, "_finish", lambda run, model: None)
    Run("t").fit(model, IMAGES, labeled=LABELED, epochs=2, batch_size=4)
    assert [len(images) for images, _, _ in seen] == 2 * [4, 4, 4, 4, 4, 2]
    once = np.concatenate([images for images, _, _ in seen[:6]])
    assert {i.tobytes() for i in once} == {i.tobytes() for i in IMAGES}
    assert [len(labels) for _, _, labels in seen] == 4 * [4, 4, 2]
    for at in range(0, 12, 3):
        assert sorted(np.concatenate([labels for _, _, labels in seen[at : at + 3]])) == [
            *range(10)
        ]
    for _, labeled, labels in seen:
        np.testing.assert_array_equal(labeled, LABELED[0][labels])


def test_targets_and_labeled_images_at_once_are_refused():
    with pytest.raises(ValueError, match="not both"):
        Run("t").fit(small(), IMAGES, IMAGES, labeled=LABELED, epochs=1, batch_size=4)


# The model.


def batch():
    return tf.constant(IMAGES), (tf.constant(LABELED[0]), tf.constant(LABELED[1]))


@pytest.mark.parametrize(
    "phase, networks",
    [
        ("autoencoder", {"encoder", "decoder"}),
        ("discriminators", {"label_discriminator", "style_discriminator"}),
    ],
)
def test_each_phase_moves_its_own_weights_and_all_of_them(phase, networks):
    model = small(optimizers=descent(**{phase: 0.05}))
    before = weights(model)
    model.train_step(batch())
    after = weights(model)
    assert moved(before, after) == networks
    for name in networks:
        for old, new in zip(before[name], after[name], strict=True):
            assert not np.array_equal(old, new)


@pytest.mark.parametrize(
    "weight, networks",
    [
        ("reconstruction", {"encoder", "decoder"}),
        ("generator", {"encoder"}),
        ("classification", {"encoder"}),
        ("virtual_adversarial", {"encoder"}),
    ],
)
def test_each_weight_rules_its_own_loss(weight, networks):
    steps = []
    for value in (1.0, 2.0):
        model = small(loss_weights=only(**{weight: value}), optimizers=descent(autoencoder=0.05))
        before = weights(model)
        model.train_step(batch())
        after = weights(model)
        assert moved(before, after) == networks
        pairs = [zip(before[n], after[n], strict=True) for n in sorted(networks)]
        steps.append(np.concatenate([(new - old).ravel() for p in pairs for old, new in p]))
    np.testing.assert_allclose(steps[1], 2 * steps[0], atol=1e-3 * np.abs(steps[1]).max())


def test_the_shown_losses_are_the_formulas(monkeypatch):
    monkeypatch.setattr(SemiSupervisedAAE, "virtual_adversarial_loss", lambda *given: 0.25)
    shares = dict(reconstruction=0.1, generator=2.0, classification=3.0, virtual_adversarial=4.0)
    how = dict(augment=keras.layers.Identity(), noise=0.0, batch_norm=False)
    model = small(**how, optimizers=descent(), loss_weights=shares)
    drawn = np.eye(10, dtype=np.float32)[np.arange(22) % 10], RANDOM.random((22, 3), np.float32)
    for prior, codes in zip((model.label_prior, model.style_prior), drawn, strict=True):
        monkeypatch.setattr(prior, "sample", lambda *given, codes=codes, **how: codes)
    found = model.train_on_batch(IMAGES, LABELED, return_dict=True)
    logits, styles = model.encoder(IMAGES)
    codes = keras.ops.softmax(logits), styles
    copies = np.clip(model(IMAGES), 1e-7, 1 - 1e-7)
    nats = -IMAGES * np.log(copies) - (1 - IMAGES) * np.log(1 - copies)
    judges = model.label_discriminator, model.style_discriminator
    cost = keras.ops.softplus
    generators = [np.mean(cost(-judge(each))) for judge, each in zip(judges, codes, strict=True)]
    told_apart = [
        np.mean(cost(-judge(real))) + np.mean(cost(judge(each)))
        for judge, real, each in zip(judges, drawn, codes, strict=True)
    ]
    named = np.log(classes_of(model, LABELED[0]))[np.arange(10), LABELED[1]]
    expected = {
        "discriminators": sum(told_apart),
        "reconstruction": nats.sum((1, 2)).mean(),
        "label_generator": generators[0],
        "style_generator": generators[1],
        "classification": -named.mean(),
        "accuracy": np.mean(np.argmax(model.encoder(LABELED[0])[0], axis=1) == LABELED[1]),
    }
    parts = expected["reconstruction"], sum(generators), expected["classification"], 0.25
    expected["autoencoder"] = np.dot(list(shares.values()), parts)
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_schedule_weighs_as_its_number_does():
    rising = keras.optimizers.schedules.PolynomialDecay(0.0, 4, end_learning_rate=8.0)
    names = ("generator", "virtual_adversarial")
    ways = [
        dict(loss_weights=dict.fromkeys(names, 2.0)),  # the schedule's after the first batch
        dict(schedules=dict.fromkeys(names, rising)),
    ]
    after = []
    for way in ways:
        model = small(optimizers=descent(autoencoder=0.01), **way)
        model.train_on_batch(IMAGES, LABELED)
        after.append(model.encoder.get_weights())
    for one, other in zip(*after, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_without_weight_the_virtual_adversarial_loss_is_not_computed(monkeypatch):
    def computed(*given):
        raise AssertionError

    monkeypatch.setattr(SemiSupervisedAAE, "virtual_adversarial_loss", computed)
    small().train_on_batch(IMAGES, LABELED)
    with pytest.raises(AssertionError):
        small(loss_weights={"virtual_adversarial": 1.0}).train_on_batch(IMAGES, LABELED)


def test_what_it_cannot_do_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="SemiSupervisedAAE takes no metrics: its phases"):
        small(metrics=["accuracy"])
    with pytest.raises(ValueError, match="names vat; .*classification, virtual_adversarial"):
        small(loss_weights={"vat": 1.0})
    with pytest.raises(ValueError, match="SemiSupervisedAAE takes no sample_weight"):
        small().evaluate(*LABELED, sample_weight=np.ones(10), verbose=0)


# Virtual adversarial training.


def clean(**how):
    """A model whose encoder adds no noise and normalizes no batch, after a few steps."""
    model = small(augment=keras.layers.Identity(), noise=0.0, batch_norm=False, **how)
    for _ in range(30):
        model.train_on_batch(IMAGES, LABELED)
    return model


def classes_of(model, images):
    return keras.ops.softmax(model.encoder(images)[0])


def divergence(before, after):
    before, after = np.float64(before), np.float64(after)
    return np.mean(np.sum(before * (np.log(before) - np.log(after)), axis=1))


def test_the_virtual_adversarial_step_is_worse_than_a_random_one():
    model = clean(vat_radius=0.5)
    before = classes_of(model, IMAGES)
    found = float(model.virtual_adversarial_loss(IMAGES, before))
    assert found > 0
    for seed in range(5):
        step = np.random.default_rng(seed).standard_normal(IMAGES.shape)
        step *= 0.5 / np.linalg.norm(step, axis=(1, 2), keepdims=True)
        changed = divergence(before, classes_of(model, np.float32(IMAGES + step)))
        assert found > 3 * changed > 0


def test_the_virtual_adversarial_loss_grows_with_the_radius_and_is_zero_without_one():
    model = clean()
    before, losses = classes_of(model, IMAGES), []
    for radius in (0.0, 0.5, 2.0):
        model.vat_radius = radius
        losses.append(float(model.virtual_adversarial_loss(IMAGES, before)))
    assert losses[0] == pytest.approx(0, abs=1e-6)
    assert losses[0] < losses[1] < losses[2]


class Seen(keras.layers.Layer):
    """Lets images through and keeps them."""

    def call(self, images):
        self.before, self.images = getattr(self, "images", None), images
        return images


@pytest.mark.parametrize("sureness", [1.0, 80.0])
def test_every_image_takes_a_whole_step_however_sure_the_model_is(sureness):
    model = clean(vat_radius=0.5)
    logits = model.encoder.get_layer("logits")
    logits.set_weights([sureness * weight for weight in logits.get_weights()])
    images, seen = keras.Input((28, 28)), Seen()
    watched = small(encoder=keras.Model(images, model.encoder(seen(images))), vat_radius=0.5)
    many = np.tile(IMAGES, (10, 1, 1))
    watched.virtual_adversarial_loss(many, classes_of(watched, many))
    for step, length in ((seen.before, 0.1), (seen.images, 0.5)):
        lengths = np.linalg.norm(step - many, axis=(1, 2))
        np.testing.assert_allclose(lengths, length, rtol=1e-3)


def test_the_classes_before_a_virtual_adversarial_step_are_given():
    model, one = clean(), IMAGES[:1]
    with tf.GradientTape() as tape:
        before = classes_of(model, one)
        tape.watch(before)
        loss = model.virtual_adversarial_loss(one, before)
    assert tape.gradient(loss, before) is None


def test_virtual_adversarial_training_makes_classes_smooth():
    """And without labels it moves the way from images to classes, nothing else."""
    model = clean()
    model.compile(loss_weights=only(virtual_adversarial=1.0), optimizers=descent(autoencoder=0.5))
    start, rough = weights(model), model.virtual_adversarial_loss(IMAGES, classes_of(model, IMAGES))
    for _ in range(20):
        model.train_on_batch(IMAGES, LABELED)
    smooth = model.virtual_adversarial_loss(IMAGES, classes_of(model, IMAGES))
    assert float(smooth) < 0.5 * float(rough)
    assert moved(start, weights(model)) == {"encoder"}


def test_labels_move_the_label_head_only_and_unlabeled_images_do_not_need_one():
    """With nothing but classification, unlabeled images change no weight that a twin lacks."""
    rates = descent(autoencoder=0.05, discriminators=0.05)
    model = small(loss_weights=only(classification=1.0), optimizers=rates)
    style = model.encoder.get_layer("codes")
    before = [w.numpy() for w in style.weights]
    model.train_step(batch())
    for old, new in zip(before, style.weights, strict=True):
        np.testing.assert_array_equal(old, new.numpy())


def test_the_discriminators_learn_drawn_from_coded_and_the_generator_the_reverse():
    model = small(augment=keras.layers.Identity())

    def gaps():
        """How much higher the logits of drawn points are than those of codes: labels, styles."""
        logits, styles = model.encoder(IMAGES)
        found = []
        for judge, prior, codes in (
            (model.label_discriminator, model.label_prior, tf.nn.softmax(logits)),
            (model.style_discriminator, model.style_prior, styles),
        ):
            drawn = judge(prior.sample(200, seed=1))
            found.append(float(tf.reduce_mean(drawn) - tf.reduce_mean(judge(codes))))
        return np.array(found)

    def train(still, **loss_weights):
        adams = {phase: keras.optimizers.Adam(0.01) for phase in model.PHASES}
        adams[still].learning_rate = 0.0
        model.compile(loss_weights=loss_weights, optimizers=adams)
        for _ in range(20):
            model.train_on_batch(IMAGES, LABELED)
        return gaps()

    before, ahead = gaps(), train("autoencoder")
    assert np.all(ahead > before + 0.1)
    assert np.all(train("discriminators", generator=50.0, reconstruction=0.0) < ahead - 0.1)


def test_it_names_labeled_images_and_evaluates_on_images_with_labels(tmp_path, monkeypatch):
    monkeypatch.setenv("AECOURSE_RUNS", str(tmp_path))
    plain = dict(augment=keras.layers.Identity(), noise=0.0)
    model = small(**plain, loss_weights={"reconstruction": 0.01})
    how = dict(labeled=LABELED, validation_data=LABELED, epochs=20, batch_size=10)
    assert model.evaluate(*LABELED, verbose=0, return_dict=True)["accuracy"] < 0.5
    history = Run("t").fit(model, IMAGES, **how)
    assert history["val_accuracy"][-1] > 0.8
    assert {n for n in history if n.startswith("val_")} == {
        "val_accuracy",
        "val_classification",
        "val_reconstruction",
    }
    right = model.encoder.predict(LABELED[0], verbose=0)[0].argmax(1) == LABELED[1]
    assert history["val_accuracy"][-1] == pytest.approx(right.mean())


def test_evaluation_gives_the_formulas_without_noise_and_moves_nothing():
    model, (images, labels) = small(noise=0.5), LABELED
    before = model.encoder.get_weights()
    found = [model.evaluate(*LABELED, verbose=0, return_dict=True) for _ in range(2)]
    assert found[0] == found[1]
    classes = classes_of(model, images).numpy()
    copies = np.clip(model(images), 1e-7, 1 - 1e-7)
    nats = -images * np.log(copies) - (1 - images) * np.log(1 - copies)
    expected = {
        "reconstruction": nats.sum((1, 2)).mean(),
        "classification": -np.log(classes[np.arange(10), labels]).mean(),
        "accuracy": np.mean(np.argmax(classes, axis=1) == labels),
    }
    assert found[0] == pytest.approx(expected, rel=1e-4)
    for old, new in zip(before, model.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_resume_equals_uninterrupted_with_two_streams_and_augmentation(tmp_path, monkeypatch):
    how = dict(labeled=LABELED, steps_per_epoch=5)
    whole, parts = interrupted.twice(small, IMAGES, tmp_path, monkeypatch, **how)
    interrupted.assert_same(whole, parts)


def test_saving_keeps_weights_priors_and_optimizers(tmp_path):
    model = small(loss_weights={"generator": 3.0})
    model.label_prior = Categorical(weights=[1.0] * 9 + [2.0])
    model.train_step(batch())
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.weight_now("generator") == 3.0
    assert repr(again.label_prior) == repr(model.label_prior)
    np.testing.assert_array_equal(
        model.predict(IMAGES, verbose=0), again.predict(IMAGES, verbose=0)
    )
    assert int(again.optimizers["discriminators"].iterations) == 1


def test_the_twin_with_labels_alone_has_the_same_network_and_sees_nothing_else():
    model = small()
    twin = keras.Model(model.encoder.input, model.encoder.outputs[0])
    ours = {id(w) for w in model.encoder.weights} - {
        id(w) for w in model.encoder.get_layer("codes").weights
    }
    assert {id(w) for w in twin.weights} == ours


# Distortions and classes.


@pytest.mark.parametrize("convolutional", [False, True])
def test_an_encoder_with_classes_gives_logits_and_codes(convolutional):
    build = build_conv_encoder if convolutional else build_dense_encoder
    logits, codes = build(3, classes=10, batch_norm=True, noise=0.3)(IMAGES)
    assert logits.shape == (22, 10) and codes.shape == (22, 3)


def test_distortions_happen_in_training_only_and_differ_for_each_image():
    layer = RandomAffine()
    same = np.repeat(IMAGES[:1], 6, axis=0)
    np.testing.assert_array_equal(layer(same, training=False), same)
    distorted = layer(same, training=True).numpy()
    assert distorted.shape == same.shape
    assert distorted.min() >= 0 and distorted.max() <= same.max() + 1e-6
    assert all(np.abs(distorted[i] - distorted[i + 1]).max() > 0.1 for i in range(5))


def blob(row, column):
    y, x = np.mgrid[:28, :28]
    return np.exp(-((y - row) ** 2 + (x - column) ** 2) / 8).astype(np.float32)


def middle(images):
    """Mean row and column of the ink of images (n, 28, 28): (n, 2)."""
    y, x = np.mgrid[:28, :28]
    ink = images.sum((1, 2))
    return np.stack([(images * y).sum((1, 2)) / ink, (images * x).sum((1, 2)) / ink], axis=1)


def test_a_shift_moves_by_so_many_pixels_and_a_turn_about_the_middle():
    keras.utils.set_random_seed(0)
    images = np.repeat(blob(13.5, 13.5)[None], 200, axis=0)
    none = dict(rotation=0.0, shear=0.0, scale=0.0, shift=0.0)
    np.testing.assert_allclose(RandomAffine(**none)(images, training=True), images, atol=1e-6)
    moved_by = middle(np.asarray(RandomAffine(**{**none, "shift": 3.0})(images, training=True)))
    moved_by = np.abs(moved_by - 13.5)
    assert 2.8 < moved_by.max() < 3.1 and 1.2 < moved_by.mean() < 1.8
    for amount in ("rotation", "shear", "scale"):
        still = RandomAffine(**{**none, amount: 0.3})(images, training=True)
        assert np.abs(middle(np.asarray(still)) - 13.5).max() < 0.05
    aside = np.repeat(blob(13.5, 20.5)[None], 200, axis=0)
    turned = middle(np.asarray(RandomAffine(**{**none, "rotation": 0.3})(aside, training=True)))
    reach = np.hypot(*(turned - 13.5).T)
    np.testing.assert_allclose(reach, 7, atol=0.1)
    angles = np.arctan2(*(turned - 13.5).T)
    assert 0.28 < np.abs(angles).max() < 0.31 and angles.min() < -0.2 < 0.2 < angles.max()


def test_classes_are_corners_drawn_as_often_as_they_weigh():
    even = np.asarray(Categorical(parts=4).sample(4000, seed=0))
    assert set(even.sum(axis=1)) == {1.0} and set(even.ravel()) == {0.0, 1.0}
    np.testing.assert_allclose(even.mean(axis=0), 0.25, atol=0.03)
    uneven = np.asarray(Categorical(parts=3, weights=[2, 1, 0]).sample(3000, seed=0))
    np.testing.assert_allclose(uneven.mean(axis=0), [2 / 3, 1 / 3, 0], atol=0.03)
    labels = np.array([2, 0, 1])
    np.testing.assert_array_equal(
        Categorical(parts=3, weights=[1, 1, 1]).sample(3, seed=0, labels=labels), np.eye(3)[labels]
    )


@pytest.mark.parametrize("wrong", [[1.0], [1.0, -1.0], [0.0, 0.0]])
def test_weights_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match="it takes 2, none of them negative"):
        Categorical(parts=2, weights=wrong)

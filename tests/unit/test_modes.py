"""What networks are told, in every family: to train where a model learns, and nowhere else."""

from aecourse.models import (
    GAN,
    AdversarialAutoencoder,
    Autoencoder,
    ClusteringAAE,
    ConditionalVAE,
    InformationMaximizer,
    SemiSupervisedAAE,
    VariationalAutoencoder,
)
from aecourse.networks import (
    build_conditional_decoder,
    build_conditional_encoder,
    build_dense_decoder,
    build_dense_discriminator,
    build_dense_encoder,
    build_parallel_dense,
)
from aecourse.priors import Categorical, Gaussian
import keras
import numpy as np
import pytest

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((6, 28, 28), "float32")
LABELS = np.arange(6)
VALUES = RANDOM.random((1, 6, 3), "float32")
SMALL = dict(hidden=(4,))
TOLD = []


class Told(keras.layers.Layer):
    """Lets its input through and keeps whether it is told to train."""

    def call(self, tensor, training=None):
        TOLD.append((self.name, bool(training)))
        return tensor


def watched(network, name):
    """The network, with its mode kept under this name."""
    outputs = [Told(name=name if not at else f"{name}_{at}")(each) for at, each in
               enumerate(network.outputs)]  # fmt: skip
    inputs = network.inputs
    return keras.Model(
        inputs if len(inputs) > 1 else inputs[0], outputs if outputs[1:] else outputs[0]
    )


def coder(**how):
    encoder = watched(build_dense_encoder(2, **SMALL, **how), "encoder")
    return encoder, watched(build_dense_decoder(2, **SMALL), "decoder")


def variational(**how):
    return VariationalAutoencoder(*coder(gaussian=True), **how)


def conditional(**how):
    encoder = watched(build_conditional_encoder(2, **SMALL), "encoder")
    return ConditionalVAE(encoder, watched(build_conditional_decoder(2, **SMALL), "decoder"), **how)


def adversarial(**how):
    discriminator = watched(build_dense_discriminator(2, **SMALL), "discriminator")
    return AdversarialAutoencoder(*coder(), discriminator, Gaussian(dim=2), **how)


def few_labels(kind=SemiSupervisedAAE, **how):
    return kind(
        watched(build_dense_encoder(2, **SMALL, classes=10), "encoder"),
        watched(build_dense_decoder(12, **SMALL), "decoder"),
        watched(build_dense_discriminator(10, **SMALL), "label_discriminator"),
        watched(build_dense_discriminator(2, **SMALL), "style_discriminator"),
        Categorical(),
        Gaussian(dim=2),
        Told(name="augment"),
        **how,
    )


def no_labels(**how):
    return few_labels(ClusteringAAE, **how)


def information(**how):
    inner = watched(build_dense_encoder(10, **SMALL), "logits")
    return InformationMaximizer(watched(inner, "classifier"), **how)


def game(**how):
    pair = (watched(build_parallel_dense(range(3), **SMALL), n) for n in ("generator", "judge"))
    return GAN(*pair, **how)


FAMILIES = {
    "plain": (lambda: Autoencoder(*coder()), dict(loss="mse"), (IMAGES,), (IMAGES,)),
    "variational": (variational, {}, (IMAGES,), (IMAGES,)),
    "conditional": (conditional, {}, (IMAGES, LABELS), (IMAGES, LABELS)),
    "adversarial": (adversarial, {}, (IMAGES,), (IMAGES,)),
    "few labels": (
        few_labels,
        dict(loss_weights={"virtual_adversarial": 1.0}),
        (IMAGES, (IMAGES, LABELS)),
        (IMAGES, LABELS),
    ),
    "no labels": (
        no_labels,
        dict(loss_weights={"virtual_adversarial": 1.0}),
        (IMAGES,),
        (IMAGES,),
    ),
    "information": (information, {}, (IMAGES,), (IMAGES,)),
    "game": (game, {}, (VALUES, VALUES), (VALUES, VALUES)),
    "penalty": (
        lambda **how: game(gradient_penalty=1.0, **how),
        {},
        (VALUES, VALUES),
        (VALUES, VALUES),
    ),
}
"""Family -> make, what else it is compiled with, a batch to learn from, one to be judged on."""


WITHOUT_PICTURES = ("game", "penalty")


def tensors(batch):
    return keras.tree.map_structure(keras.ops.convert_to_tensor, batch)


def told(call):
    """Whether a network was told to train in what `call` does: {name: {True, False}}."""
    TOLD.clear()
    call()
    return {name: {mode for each, mode in TOLD if each == name} for name, _ in TOLD}


@pytest.mark.parametrize("family", FAMILIES)
def test_networks_train_in_steps_that_learn_and_nowhere_else(family):
    make, how, batch, judged = FAMILIES[family]
    model = make()
    assert model.built
    model.compile(run_eagerly=True, **how)
    networks = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    layers = [layer for network in networks for layer in network.layers] + model.layers
    names = {layer.name for layer in layers if isinstance(layer, Told)}
    assert len(names) >= 2
    assert told(lambda: model.train_on_batch(*tensors(batch))) == {name: {True} for name in names}
    seen = told(lambda: model.test_on_batch(*judged))
    assert seen and all(modes == {False} for modes in seen.values())
    shown = model.example_inputs(
        *judged, *[None] * (2 - len(judged))
    )  # what TensorBoard's pictures are made of
    assert (shown is None) == (family in WITHOUT_PICTURES)
    if shown is not None:
        assert np.shape(model(shown)) == ((6, 10) if family == "information" else IMAGES.shape)
    once = VALUES[0] if family in ("game", "penalty") else IMAGES
    once = tensors((IMAGES, LABELS)) if family == "conditional" else once
    for mode in (True, False):
        seen = told(lambda mode=mode: model(once, training=mode))
        assert seen and all(modes == {mode} for modes in seen.values())
    assert all(modes == {False} for modes in told(lambda: model(once)).values())


def test_a_still_encoder_trains_in_its_own_phases_alone():
    for still, modes in ((False, [True, True, True]), (True, [True, False, True])):
        model = adversarial(still_encoder=still)
        model.compile(run_eagerly=True)
        TOLD.clear()
        model.train_on_batch(IMAGES)
        assert [mode for name, mode in TOLD if name == "encoder"] == modes


def test_what_decodes_and_judges_does_not_train_unless_told():
    codes, classes = IMAGES[0, :, :2], np.eye(10, dtype="float32")
    model, other, games = adversarial(), few_labels(), game()
    for how in ({}, {"training": False}, {"training": True}):
        mode = {how.get("training", False)}
        assert told(lambda how=how: model.decode(codes, **how)) == {"decoder": mode}
        assert told(lambda how=how: other.decode(classes, classes[:, :2], **how)) == {
            "decoder": mode
        }
        assert told(lambda how=how: model.judge(codes, None, **how)) == {"discriminator": mode}
        assert told(lambda how=how: games.judge(VALUES[0], **how)) == {"judge": mode}


@pytest.mark.parametrize("family", [name for name in FAMILIES if name != "plain"])
def test_schedules_count_the_batches_that_are_learned_from(family):
    make, _, batch, judged = FAMILIES[family]
    name = next(iter(type(make()).LOSS_WEIGHTS))
    model = make(schedules={name: keras.optimizers.schedules.CosineDecay(1.0, 10)})
    model.compile(run_eagerly=True)
    for call, given, seen in ((model.train_on_batch, batch, 1), (model.test_on_batch, judged, 1)):
        call(*tensors(given))
        assert int(model.batches_seen) == seen
    model.train_on_batch(*tensors(batch))
    assert int(model.batches_seen) == 2


@pytest.mark.parametrize(
    "family", [name for name in FAMILIES if "labels" not in name and name != "information"]
)
def test_evaluation_shows_what_a_step_that_moves_nothing_shows(family, monkeypatch):
    make, how, batch, judged = FAMILIES[family]
    monkeypatch.setattr(VariationalAutoencoder, "sample", lambda model, mean, log_var: mean)
    monkeypatch.setattr(Gaussian, "sample", lambda *given, **how: IMAGES[0, :6, :2])
    model = make()
    still = {phase: keras.optimizers.SGD(0.0) for phase in getattr(model, "PHASES", ())}
    model.compile(**how, **(dict(optimizers=still) if still else dict(optimizer="sgd")))
    if not still:
        model.optimizer.learning_rate = 0.0
    found = model.train_on_batch(*batch, return_dict=True)
    assert set(found) == set(model.SHOWN)
    assert model.test_on_batch(*judged, return_dict=True) == pytest.approx(found, rel=1e-5)

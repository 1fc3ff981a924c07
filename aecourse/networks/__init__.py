"""Builders of networks, with the Keras functional API.

Encoders take images (batch, 28, 28) and give codes (batch, latent_dim); decoders take codes and
give images through a sigmoid; classifiers give logits (batch, classes); an upscaler takes small
images and gives large ones; some take windows of a time series. No builder trains, compiles or
knows a loss: that is what models are for.
"""

from aecourse.networks.blocks import IMAGE_SHAPE, RandomAffine, noise_layers
from aecourse.networks.classifiers import (
    build_conv_classifier,
    build_dense_classifier,
    build_dense_discriminator,
    build_parallel_dense,
)
from aecourse.networks.conditional import build_conditional_decoder, build_conditional_encoder
from aecourse.networks.decoders import build_conv_decoder, build_dense_decoder
from aecourse.networks.encoders import build_conv_encoder, build_dense_encoder
from aecourse.networks.upscalers import (
    build_subpixel_upscaler,
    channels_to_pixels,
    pixels_to_channels,
)
from aecourse.networks.windows import build_window_decoder, build_window_encoder

__all__ = [
    "IMAGE_SHAPE",
    "RandomAffine",
    "build_conditional_decoder",
    "build_conditional_encoder",
    "build_conv_classifier",
    "build_conv_decoder",
    "build_conv_encoder",
    "build_dense_classifier",
    "build_dense_decoder",
    "build_dense_discriminator",
    "build_dense_encoder",
    "build_parallel_dense",
    "build_subpixel_upscaler",
    "build_window_decoder",
    "build_window_encoder",
    "channels_to_pixels",
    "noise_layers",
    "pixels_to_channels",
]

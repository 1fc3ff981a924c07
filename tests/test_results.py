"""Records say what was measured, and the tables say what the records say."""

import json

from aecourse import files, results
from lessons import LESSONS, ROOT
import numpy as np
import pytest

RECORDS = results.read_records(ROOT / "docs" / "results")


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("AECOURSE_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("AECOURSE_PROFILE", "full")
    monkeypatch.setenv("AECOURSE_SEED", "2")
    return tmp_path / "results"


def test_a_record_says_all_that_a_reader_needs(folder):
    path = results.record("01_autoencoder", dataset="mnist", ae2_test_mse=0.036)
    assert path.parent == folder and [p.name for p in folder.iterdir()] == [path.name]
    found = json.loads(path.read_text())
    assert found["metrics"]["ae2_test_mse"] == {
        "value": 0.036,
        "unit": "squared gray level",
        "better": "lower",
    }
    assert (found["lesson"], found["dataset"]) == ("01_autoencoder", "mnist")
    assert (found["profile"], found["seed"]) == ("full", 2)
    assert {"python", "tensorflow", "keras", "numpy"} <= set(found["versions"])
    assert found["minutes"] >= 0 and 10 < found["peak_memory_mb"] < 100_000


@pytest.mark.parametrize(
    "metrics", [{"made_up": 1.0}, {"ae2_test_mse": float("nan")}, {"ae2_test_mse": float("inf")}]
)
def test_what_is_no_result_is_refused(metrics, folder):
    with pytest.raises(ValueError, match="No metric|no result"):
        results.record("01_autoencoder", dataset="mnist", **metrics)
    assert not folder.exists() or not list(folder.iterdir())


def test_tables_give_mean_and_spread_over_seeds_and_leave_fast_runs_out():
    def entry(seed, value, profile="full"):
        return {
            "lesson": "01_autoencoder",
            "dataset": "mnist",
            "profile": profile,
            "seed": seed,
            "versions": {"python": "3"},
            "minutes": 7.0,
            "peak_memory_mb": 900,
            "metrics": {"ae2_test_mse": {"value": value}},
        }

    records = [entry(0, 0.036), entry(1, 0.038), entry(0, 9.0, profile="fast")]
    for text in (results.results_page(records), results.readme_table(records)):
        assert "0.0370 ± 0.0014" in text and "9.0" not in text


def test_what_has_a_record_is_known_by_lesson_data_set_seed_and_profile(monkeypatch):
    assert not results.is_recorded("01_autoencoder", dataset="elsewhere")
    results.record("01_autoencoder", dataset="elsewhere", ae2_test_mse=0.036)
    assert results.is_recorded("01_autoencoder", dataset="elsewhere")
    assert not results.is_recorded("01_autoencoder", dataset="elsewhere", seed=3)
    assert results.is_recorded("01_autoencoder", dataset="mnist", seed=0)  # the course's own
    monkeypatch.setenv("AECOURSE_PROFILE", "fast")
    assert not results.is_recorded("01_autoencoder", dataset="mnist", seed=0)


def test_recorded_gives_the_values_of_the_course_and_not_your_own():
    results.record("01_autoencoder", dataset="mnist", ae2_test_mse=9.0)
    values = results.recorded()["ae2_test_mse"]
    assert values == [value["ae2_test_mse"] for value in recorded("01_autoencoder")]
    assert results.recorded("elsewhere") == {}


def test_the_tables_are_those_of_the_records():
    page = (ROOT / "docs" / "RESULTS.md").read_text(encoding="utf-8")
    assert page == results.results_page(RECORDS), "run python -m aecourse.results"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = results.readme_table(RECORDS)
    assert readme == results.with_table(readme, table), "run python -m aecourse.results"


def test_recorded_runs_are_full_and_each_seed_stands_once():
    keys = [(r["lesson"], r["dataset"], r["seed"]) for r in RECORDS]
    assert len(keys) == len(set(keys)) and keys
    assert all(record["profile"] == "full" for record in RECORDS)


def test_lessons_were_run_on_drawn_digits_and_in_no_run_a_marked_cell_printed_something_else():
    drawn = {r["lesson"] for r in RECORDS if r["dataset"] == "drawn"}
    assert drawn >= {path.stem for path in LESSONS} - {"07_gan_1d"}  # it has no images
    assert not [r["lesson"] for r in RECORDS if r.get("changed_cells")]


def recorded(lesson, seeds=3, dataset="mnist"):
    """What each recorded run of a lesson measured, name -> value; at least `seeds` of them."""
    runs = [r for r in RECORDS if (r["lesson"], r["dataset"]) == (lesson, dataset)]
    assert len(runs) >= seeds
    return [{name: metric["value"] for name, metric in r["metrics"].items()} for r in runs]


# Seeds whose run took longer than its lesson may, on the slow day they were made: goals missed,
# to be recorded again. A run that keeps to its minutes may not stand here.
MISSED_MINUTES = {
    "03_variational_autoencoder": {1},
    "05_style_and_content": {2},
    "06_thousand_labels": {1, 2},
}


@pytest.mark.parametrize(
    "lesson, limit",
    [
        ("01_autoencoder", 8),
        ("02_denoising", 10),
        ("03_variational_autoencoder", 10),
        ("04_adversarial_autoencoder", 15),
        ("05_style_and_content", 10),
        ("06_thousand_labels", 15),
        ("07_gan_1d", 10),
    ],
)
def test_every_recorded_run_of_a_lesson_kept_to_its_minutes(lesson, limit):
    runs = [r for r in RECORDS if r["lesson"] == lesson and r["dataset"] != "drawn"]
    missed = {r["seed"] for r in runs if r["minutes"] >= limit}
    assert runs and missed == MISSED_MINUTES.get(lesson, set())


def test_the_first_lesson_reaches_what_it_promises_recorded():
    for value in recorded("01_autoencoder"):
        assert value["ae64_train_bce"] <= 0.0755
        assert value["best64_test_bce"] <= 0.070
        assert value["ae2_test_mse"] <= 0.037 < value["pca2_test_mse"]
        assert value["random_points_top3_share"] > 0.5


def test_denoising_reaches_what_it_promises_recorded():
    for value in recorded("02_denoising"):
        assert value["conv_test_bce"] <= 0.0839
        assert value["conv_test_bce"] <= 0.95 * value["dense_test_bce"]
        assert value["dense_test_bce"] < value["linear_test_bce"]
        assert value["noisy_psnr"] < value["median_test_psnr"] < value["linear_test_psnr"]
        assert value["linear_test_psnr"] < value["dense_test_psnr"] < value["conv_test_psnr"] - 2
        assert value["fresh_noise_test_bce"] < value["fixed_noise_test_bce"]
        assert value["fixed_noise_test_bce"] < value["one_tensor_test_bce"]


def test_the_variational_lesson_reaches_what_it_promises_recorded():
    for value in recorded("03_variational_autoencoder"):
        assert value["vae2_test_nats"] <= 138 and value["vae20_test_nats"] <= 99
        for size in (2, 20):
            parts = [value[f"vae{size}_test_{part}_nats"] for part in ("reconstruction", "kl")]
            assert sum(parts) == pytest.approx(value[f"vae{size}_test_nats"], abs=0.01)
        assert value["vae2_iwae_nats"] < value["vae2_binary_test_nats"] <= 155.9
        assert value["code_midpoint_distance"] < value["pixel_midpoint_distance"]
        assert value["vae20_sample_distance"] < value["plain20_sample_distance"]
        assert value["vae20_sample_distance"] < value["plain20_prior_sample_distance"]
        assert value["collapsed_kl_nats"] < 0.5


def test_the_adversarial_lesson_reaches_what_it_promises_recorded():
    runs = recorded("04_adversarial_autoencoder")

    def mean(name):
        return np.mean([value[name] for value in runs])

    assert mean("aae_sliced_w1") <= 0.04 and mean("aae_test_mse") <= mean("vae_test_mse")
    assert mean("std1_sliced_w1") < mean("short_sliced_w1") < mean("source_rates_sliced_w1")
    for value in runs:
        assert value["prior_sliced_w1"] < value["aae_sliced_w1"] <= 0.06
        assert value["aae_training_sliced_w1"] <= 0.04
        assert value["aae_sliced_w1"] <= value["vae_sliced_w1"] < value["plain_sliced_w1"]
        assert value["aae_two_sample_accuracy"] <= 0.53 < value["vae_two_sample_accuracy"]
        assert max(value["aae_ks"], value["vae_ks"]) < value["plain_ks"]
        assert value["aae_test_mse"] <= 1.01 * value["vae_test_mse"]
        assert value["aae_top3_share"] < value["plain_top3_share"]
        assert value["mixture_petal_accuracy"] > 0.85
        assert max(value["mixture_sliced_w1"], value["roll_sliced_w1"]) < 0.1
        for other in ("three_adams", "std1", "source_rates"):
            assert value[f"{other}_test_mse"] > value["short_test_mse"], other
        for broken in ("left_out", "strong", "batch_norm", "weak"):
            assert value[f"{broken}_sliced_w1"] > 2 * value["short_sliced_w1"], broken


def test_the_likelihood_that_the_adversarial_lesson_tells_is_recorded():
    for value in recorded("aae_likelihood", seeds=1):
        assert value["parzen_nats"] == pytest.approx(334, abs=0.5)
        assert value["parzen_training_nats"] == pytest.approx(242, abs=0.5)


def test_the_style_lesson_reaches_what_it_promises_recorded():
    for value in recorded("05_style_and_content"):
        assert value["judge_test_accuracy"] >= 0.99 and value["judge_agreement"] >= 0.99
        assert value["style_test_mse"] <= 0.02 and value["style_consistency"] >= 0.9
        assert value["style_mlp_probe_accuracy"] <= 0.2
        assert value["usual_style_mlp_probe_accuracy"] > 1.5 * value["style_mlp_probe_accuracy"]
        assert value["usual_judge_agreement"] < value["judge_agreement"]
        assert 2 * value["style_digit_sliced_w1"] < value["usual_style_digit_sliced_w1"]
        assert value["free_style_mlp_probe_accuracy"] > value["short_style_mlp_probe_accuracy"]


def test_the_style_lesson_reaches_what_it_promises_on_drawn_digits():
    for value in recorded("05_style_and_content", seeds=1, dataset="drawn"):
        assert value["judge_test_accuracy"] >= 0.93 and value["judge_agreement"] >= 0.94
        assert value["style_test_mse"] <= 0.03 and value["style_consistency"] >= 0.9
        assert value["style_mlp_probe_accuracy"] <= 0.2
        assert value["usual_style_mlp_probe_accuracy"] > 1.5 * value["style_mlp_probe_accuracy"]
        assert value["style_digit_sliced_w1"] < value["usual_style_digit_sliced_w1"]
        assert value["free_style_mlp_probe_accuracy"] > value["short_style_mlp_probe_accuracy"]


def test_the_lesson_of_a_thousand_labels_reaches_what_it_promises_on_mnist():
    for value in recorded("06_thousand_labels"):
        assert value["lesson_test_accuracy"] >= 0.98
        assert value["lesson_alone_test_accuracy"] >= 0.97
        assert value["small_kept_test_accuracy"] > value["small_dropped_test_accuracy"]
    for value in recorded("06_thousand_labels") + recorded("06_thousand_labels", 1, "drawn"):
        ways = ("small_alone", "small", "small_alone_vat", "small_only_vat", "small_vat")
        in_order = [value[f"{way}_test_accuracy"] for way in ways]
        assert in_order == sorted(in_order)


def test_few_labels_reach_what_the_lesson_says_over_three_seeds():
    def scores(row):
        found = results.recorded()[f"{row}_test_accuracy"]
        assert len(found) >= 3
        return np.array(found)

    assert scores("conv_1000_aae").mean() >= 0.984
    assert scores("dense_1000_vat").mean() >= 0.971
    assert scores("conv_100_vat").mean() >= 0.981
    for labels in ("dense_1000", "conv_100"):
        alone, aae, vat = (scores(f"{labels}_{column}") for column in ("alone", "aae", "vat"))
        assert np.all(alone < aae) and np.all(aae < vat)  # paired by seed
    assert np.all(scores("conv_1000_alone") < scores("conv_1000_aae"))


def test_the_gan_reaches_what_it_promises():
    for value in recorded("07_gan_1d", dataset="normal"):
        assert value["floor_w1_median"] < value["best_w1_median"] <= 0.05
        assert value["best_w1_median"] < value["source_w1_median"]
        assert value["retrained_discriminator_accuracy"] <= 0.54
        assert value["retrained_discriminator_accuracy"] < value["source_retrained_accuracy"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "kept"
    path.write_text("old")

    def half(part):
        part.write_text("ne")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        files.replace(path, half)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]

"""Distances from the truth, against values worked out by hand."""

from __future__ import annotations

import pytest
import torch

from vidcolor import metrics


def test_psnr_by_hand() -> None:
    truth = torch.zeros(1, 3, 4, 4)
    assert metrics.psnr(truth + 0.1, truth).item() == pytest.approx(20, abs=1e-4)
    assert metrics.psnr(truth + 1, truth).item() == pytest.approx(0, abs=1e-6)
    assert metrics.psnr(truth, truth).item() == 120


def test_psnr_does_not_wrap_as_bytes_would() -> None:
    # 16 codes off: 24.05 dB. Squared modulo 256 the difference would be 0.
    truth = torch.full((1, 3, 4, 4), 100 / 255)
    assert metrics.psnr(truth + 16 / 255, truth).item() == pytest.approx(24.048, abs=1e-3)


def test_ab_rmse_by_hand() -> None:
    truth = torch.zeros(2, 2, 4, 4)
    wrong = truth.clone()
    wrong[1, 0] = 3
    wrong[1, 1] = 4
    assert metrics.ab_rmse(wrong, truth).tolist() == pytest.approx([0, 12.5**0.5])
    assert metrics.ab_distance(wrong, truth)[1].unique().tolist() == [5]


def test_ssim_of_flat_images_by_hand() -> None:
    a, b = torch.full((1, 3, 16, 16), 0.5), torch.full((1, 3, 16, 16), 0.6)
    assert metrics.ssim(a, a).item() == pytest.approx(1)
    # Only the term of the means is left: (2ab + K1^2) / (a^2 + b^2 + K1^2).
    assert metrics.ssim(a, b).item() == pytest.approx(0.6001 / 0.6101, abs=1e-6)


def test_ssim_agrees_with_another_implementation() -> None:
    reference = pytest.importorskip("skimage.metrics")
    a = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0))
    b = (a + 0.2 * torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    expected = reference.structural_similarity(
        a[0].numpy(),
        b[0].numpy(),
        channel_axis=0,
        data_range=1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert metrics.ssim(a, b).item() == pytest.approx(expected, abs=1e-5)


def test_share_and_area_by_hand() -> None:
    distance = torch.tensor([0.0, 75.0, 300.0, 10.0]).view(1, 1, 2, 2)
    assert metrics.share_within(distance).item() == 0.25
    assert metrics.share_within(distance, 10.5).item() == 0.5
    area = (1 + 0.5 + 0 + 14 / 15) / 4
    assert metrics.accuracy_area(distance).item() == pytest.approx(area)


def test_classes_count_alike_however_rare() -> None:
    truth = torch.zeros(1, 2, 2, 2)
    truth[0, :, 1, 1] = 50
    error = torch.tensor([1.0, 2.0, 3.0, 10.0]).view(1, 1, 2, 2)
    sums = metrics.class_errors(error, truth)
    assert sums.shape == (2, 313)
    assert sums.sum(1).tolist() == [16, 4]
    assert metrics.class_mean(sums).item() == pytest.approx((2 + 10) / 2)
    # Over several images they are added up.
    assert metrics.class_mean(sums + sums).item() == pytest.approx(6)
    assert metrics.class_mean(sums, least=2).item() == pytest.approx(2)
    assert metrics.class_mean(sums, least=5).isnan()

"""The parts of the flow training that would spoil the weights silently if they were wrong."""

from __future__ import annotations

import zipfile
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision.models.optical_flow import raft_small

from flow import Dis, Raft, backward_warp
from tests.flow.scenes import shifted_pair, texture
from train.flow import training
from train.flow.aging import age_pair
from train.flow.batches import Batch, Source, batches
from train.flow.data import Images, load_clips, load_photos
from train.flow.labels import cut, label, load_labels
from train.flow.measure import held_out, measure
from train.flow.pack import write_pack
from train.flow.pairs import make_pair
from train.flow.trace import match_loss, sequence_loss, trace
from train.flow.training import batch_loss, learning_rate

SIZE = (128, 136)


def _draw_texture(rng: np.random.Generator) -> np.ndarray:
    image = texture((150, 180), int(rng.integers(1000)))[0, 0]
    return (image * 255).to(torch.uint8).numpy()


def _images(seeds: range) -> Images:
    frames = [_draw_texture(np.random.default_rng(seed)) for seed in seeds]
    sizes = np.array([frame.shape for frame in frames], np.int32)
    offsets = np.arange(len(frames)) * frames[0].size
    groups = np.array([[0, len(frames)]], np.int32)
    return Images(np.concatenate([f.ravel() for f in frames]), offsets, sizes, groups, np.ones(1))


def _source(count: int = 2) -> Source:
    clips = _moving(8)
    labels = [label(Dis(), clips, first, first + 1) for first in range(3)]
    return Source(_images(range(4)), clips, labels, count, SIZE, 5)


def _moving(steps: int) -> Images:
    """A shot of frames `steps` px apart: backward flow (-steps, 0)."""
    wide = (texture((256, 320), 3)[0, 0] * 255).to(torch.uint8).numpy()
    frames = [wide[:, 60 - steps * i : 260 - steps * i] for i in range(5)]
    pixels = np.concatenate([f.ravel() for f in frames])
    sizes, offsets = np.array([f.shape for f in frames], np.int32), np.arange(5) * frames[0].size
    return Images(pixels, offsets, sizes, np.array([[0, 5]], np.int32), np.ones(1))


def _batch(count: int = 2) -> Batch:
    return _source(count).draw(0)


@pytest.mark.parametrize("seed", range(4))
def test_the_flow_of_a_made_pair_explains_it(seed: int) -> None:
    pair = make_pair(np.random.default_rng(seed), SIZE, _draw_texture)
    cur, prev = (torch.from_numpy(frame)[None, None] for frame in (pair.cur, pair.prev))
    flow = torch.from_numpy(pair.flow).permute(2, 0, 1)[None]
    wrong = (backward_warp(prev, flow) - cur).abs()[0, 0][torch.from_numpy(pair.visible)]
    still = (prev - cur).abs().mean()
    assert pair.visible.mean() > 0.3
    assert wrong.mean() < 0.02
    assert still > 2 * wrong.mean()


def test_ageing_leaves_motion_alone_and_range_kept() -> None:
    cur, prev = (frame[0, 0].numpy() for frame in shifted_pair(SIZE, (3, 1)))
    for seed in range(8):
        aged = age_pair(np.random.default_rng(seed), cur, prev)
        for before, after in zip((cur, prev), aged, strict=True):
            assert after.dtype == np.float32
            assert after.min() >= 0
            assert after.max() <= 1
            assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.8


def test_a_resumed_training_sees_the_same_pairs() -> None:
    source = _source()
    drawn = list(batches(source, 0, 3, workers=0))
    resumed = list(batches(source, 2, 3, workers=1))
    assert torch.equal(drawn[2].cur, resumed[0].cur)
    assert torch.equal(drawn[2].flow, resumed[0].flow)
    assert not torch.equal(drawn[0].cur, drawn[1].cur)


def test_labels_are_believed_where_they_explain_the_pair() -> None:
    clips = _moving(8)
    found = label(Dis(), clips, 1, 2)
    assert found.flows.shape == (2, 2, 64, 50)
    inner = found.flows[..., 8:-8, 8:-8].astype(np.float32)
    # Two of a label's pixels: it has a quarter of the frame's size.
    np.testing.assert_allclose(inner[0, 0], -2, atol=0.1)
    np.testing.assert_allclose(inner[1, 0], 2, atol=0.1)
    assert found.weights[0, :, 8:].mean() > 230
    # What comes in at the left was outside before.
    assert found.weights[0, :, 0].max() == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_part_of_a_label_fits_its_images(seed: int) -> None:
    clips = _moving(8)
    labels = [label(Dis(), clips, 1, 2)]
    cur, prev, flow, weight = cut(labels, clips, np.random.default_rng(seed), SIZE)
    assert cur.shape == prev.shape == weight.shape == SIZE
    tensors = (torch.from_numpy(x)[None, None] for x in (cur, prev, weight))
    a, b, trust = tensors
    warped = backward_warp(b, torch.from_numpy(flow).permute(2, 0, 1)[None])
    sure = trust > 0.9
    assert sure.float().mean() > 0.5
    assert (warped - a).abs()[sure].mean() < 0.2 * (b - a).abs()[sure].mean()


def test_labels_are_made_once(tmp_path: Path) -> None:
    clips = _moving(4)
    made = load_labels(clips, Dis(), tmp_path, 2)
    kept = load_labels(clips, Dis("ultrafast"), tmp_path, 2)
    for a, b in zip(made, kept, strict=True):
        assert (a.first, a.second) == (b.first, b.second)
        np.testing.assert_array_equal(a.flows, b.flows)


def test_trace_is_torchvisions_raft() -> None:
    torch.manual_seed(0)
    net = raft_small().eval()
    cur, prev = shifted_pair(SIZE, (4, 0))
    with torch.no_grad():
        images = [(frame * 2 - 1).expand(-1, 3, -1, -1) for frame in (cur, prev)]
        wanted = net(*images, num_flow_updates=3)[-1]
        found = trace(net, cur, prev, 3).flow
    assert (found - wanted).abs().mean() < 0.05 * wanted.abs().mean()


def test_match_loss_wants_the_true_place() -> None:
    flow = torch.zeros(1, 2, *SIZE)
    flow[:, 0] = 12  # a place and a half of the eighth-size grid
    h, w = SIZE[0] // 8, SIZE[1] // 8
    place = torch.arange(h * w).view(h, w)

    def correlation(shift: int) -> torch.Tensor:
        wanted = place.clone()
        wanted[:, : w - shift] += shift
        return 20 * F.one_hot(wanted.flatten(), h * w).float()[None]

    weight = torch.ones(1, 1, *SIZE)
    right = match_loss((correlation(1) + correlation(2)) / 2, flow, weight)
    wrong = match_loss(correlation(0), flow, weight)
    assert right < 1
    assert wrong > 10


def test_sequence_loss_counts_late_updates_and_visible_pixels_more() -> None:
    truth = torch.zeros(1, 2, *SIZE)
    right = torch.zeros(1, 2, SIZE[0] // 8, SIZE[1] // 8)
    # A pixel off, in units of the eighth.
    off = right + 1 / 8
    weight = torch.ones(1, 1, *SIZE)
    assert sequence_loss([off, right], truth, weight) == pytest.approx(0.8)
    assert sequence_loss([right, off], truth, weight) == pytest.approx(1)
    assert sequence_loss([off, off, off], truth, weight) == pytest.approx(1 + 0.8 + 0.64)
    assert sequence_loss([off, off], truth, 0 * weight) == 0
    weight[..., SIZE[1] // 2 :] = 0
    assert sequence_loss([right, off], truth, weight) == pytest.approx(0.5)


def test_early_updates_are_judged_where_the_last_one_is() -> None:
    truth = torch.zeros(1, 2, *SIZE)
    truth[:, 0] = torch.linspace(-4, 4, SIZE[1])
    nodes = F.interpolate(truth, (SIZE[0] // 8, SIZE[1] // 8), mode="bilinear", align_corners=True)
    exact = [nodes / 8] * 3
    assert sequence_loss(exact, truth, torch.ones(1, 1, *SIZE)) < 1e-4


@pytest.mark.parametrize("apart", [True, False])
def test_every_weight_learns(apart: bool) -> None:
    torch.manual_seed(1)
    teacher, net = raft_small().eval(), raft_small()
    batch_loss(net, teacher, _batch(), apart=apart, hint=1.0, updates=3).backward()
    idle = [
        name
        for name, weight in net.named_parameters()
        if weight.grad is None or not weight.grad.any()
    ]
    # Biases before an instance norm change nothing; apart, the encoders end before the activations.
    assert [name for name in idle if not name.endswith("bias")] == []
    assert all(weight.grad is None for weight in teacher.parameters())


def test_one_cycle() -> None:
    rates = [learning_rate(step / 100, 1.0) for step in range(101)]
    assert max(rates) == pytest.approx(1.0)
    assert rates[0] < 0.1
    assert rates[5] == max(rates)
    assert 0 < rates[-1] < 0.01


def _data(folder: Path) -> Path:
    """Photographs, shots and a teacher in the layout of the data folder, all made here."""
    (folder / "photos").mkdir(parents=True)
    (folder / "weights").mkdir()
    torch.manual_seed(4)
    torch.save(raft_small().state_dict(), folder / "weights" / "raft_small_C_T_V1.pth")
    for part, count in (("train-00", 12), ("val", 3)):
        with zipfile.ZipFile(folder / "photos" / f"{part}.zip", "w") as shard:
            for index in range(count):
                image = _draw_texture(np.random.default_rng(index))
                shard.writestr(f"{index}.webp", cv2.imencode(".webp", image)[1].tobytes())
    (folder / "clips").mkdir()
    for name in ("river-1", "river-2", "street-1"):
        shot = _moving(3)
        with av.open(str(folder / "clips" / f"{name}.mp4"), "w") as film:
            stream = film.add_stream("mpeg4", 25, width=200, height=256, pix_fmt="yuv420p")
            for index in range(5):
                frame = av.VideoFrame.from_ndarray(shot.image(index), format="gray")
                film.mux(stream.encode(frame))
            film.mux(stream.encode())
    return folder


def test_a_pack_holds_what_a_training_needs(tmp_path: Path) -> None:
    data, pack = _data(tmp_path / "data"), tmp_path / "data.pack"
    write_pack(pack, data, 6)
    assert pack.stat().st_size < 6 * 2**20
    for held_out_ones in (False, True):
        direct = load_clips(data, tmp_path / f"a{held_out_ones}", held_out=held_out_ones)
        packed = load_clips(pack, tmp_path / f"b{held_out_ones}", held_out=held_out_ones)
        assert len(packed.groups) == len(direct.groups) > 0
        gap = packed.image(2).astype(float) - direct.image(2)
        assert np.abs(gap).mean() < 4
    assert len(load_photos(pack, tmp_path / "p").offsets) >= 10
    with pytest.raises(ValueError, match="do not hold"):
        write_pack(tmp_path / "small.pack", data, 0.5)
    assert [p.name for p in tmp_path.glob("small*")] == []


def test_a_training_stops_goes_on_and_is_exported(tmp_path: Path) -> None:
    data, runs = _data(tmp_path / "data"), tmp_path / "runs"
    small = ["--data", str(data), "--runs", str(runs), "--labels", "2", "--size", "128", "128"]
    small += ["--batch", "2", "--updates", "2", "--apart", "1", "--every", "1", "--unseen", "1"]
    training.main([*small, "--steps", "2", "--minutes", "0"])
    rows = (runs / "log.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "0", "1"]
    training.main([*small, "--steps", "2"])
    assert (runs / "log.csv").read_text().splitlines()[-1].startswith("2,")
    training.main(["--runs", str(runs), "--export", str(tmp_path / "raft.safetensors")])
    Raft(tmp_path / "raft.safetensors", iterations=1)


def test_measuring_tells_a_good_estimator_from_a_bad_one(tmp_path: Path) -> None:
    pairs = held_out(_data(tmp_path / "data"), tmp_path, Dis(), made=4)
    assert len(pairs.real) > 0
    good, bad = measure(Dis(), pairs), measure(Dis("ultrafast"), pairs)
    assert good["epe"] < bad["epe"]
    assert good["epe_small"] < good["epe_covered"]
    assert good["luma"] < 3

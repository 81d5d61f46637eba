"""The Muon optimizer, for the kernels of convolutions.

Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"): the momentum
of a kernel, as a matrix of outputs by inputs, is approximately orthogonalized, so that rare
directions are learned as fast as frequent ones. Updates are scaled as in Liu et al. 2025 ("Muon is
scalable for LLM training", section 2.2), so that learning rates of AdamW can be used. PyTorch's own
Muon takes only matrices, not the kernels of convolutions.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vidcolor.precision import fast_dtype

# Coefficients and number of steps of the Newton-Schulz iteration.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_STEPS = 5
_MOMENTUM = 0.95
# Minimum number of inputs of a kernel that is treated as a matrix.
_SMALLEST = 64


def orthogonalized(matrix: Tensor) -> Tensor:
    """A `(m, n)` matrix with its singular values moved close to 1, in `fast_dtype`."""
    x = matrix.to(fast_dtype(matrix.device))
    x = x / (x.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    for _ in range(_STEPS):
        square = x @ x.T
        x = _A * x + (_B * square + _C * square @ square) @ x
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """Muon for kernels, AdamW for everything else.

    Args:
        net: the network to train.
        weight_decay: decoupled, of all parameters.
        lr: learning rate of all parameters.
    """

    def __init__(self, net: nn.Module, weight_decay: float, lr: float = 1e-3) -> None:
        trained = [p for p in net.parameters() if p.requires_grad]
        kernels = [p for p in trained if p.dim() > 1 and p[0].numel() >= _SMALLEST]
        chosen = {id(p) for p in kernels}
        rest = [p for p in trained if id(p) not in chosen]
        groups = [{"params": kernels, "kernels": True}, {"params": rest, "kernels": False}]
        super().__init__(groups, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step along the gradients that are there."""
        for group in (g for g in self.param_groups if "relative" not in g):
            change = self._kernel if group["kernels"] else self._adam
            for p in (p for p in group["params"] if p.grad is not None):
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * change(p))

    def _kernel(self, p: Tensor) -> Tensor:
        assert p.grad is not None
        state = self.state[p]
        if not state:
            state["momentum"] = torch.zeros_like(p)
        momentum = state["momentum"].lerp_(p.grad, 1 - _MOMENTUM)
        # Permuted to the memory layout of the kernel, so that flattening does not copy.
        ahead = p.grad.lerp(momentum, _MOMENTUM)
        if p.dim() == 4:
            ahead = ahead.permute(0, 2, 3, 1)
        matrix = ahead.flatten(1)
        found = orthogonalized(matrix).to(p.dtype).view(ahead.shape)
        found = found.permute(0, 3, 1, 2) if p.dim() == 4 else found
        return found * (0.2 * max(matrix.shape) ** 0.5)

    def _adam(self, p: Tensor) -> Tensor:
        assert p.grad is not None
        state = self.state[p]
        if not state:
            state["step"] = torch.zeros(())
            state["mean"] = torch.zeros_like(p)
            state["square"] = torch.zeros_like(p)
        state["step"] += 1
        mean = state["mean"].lerp_(p.grad, 0.1)
        square = state["square"].lerp_(p.grad**2, 0.001)
        n = float(state["step"])
        return (mean / (1 - 0.9**n)) / ((square / (1 - 0.999**n)).sqrt() + 1e-8)


class TunedMuon(Muon):
    """Muon for a new network, small relative steps for the pretrained part of it.

    Args:
        net: what is trained.
        tuned: a module of it that was trained before; each of its tensors changes by Adam's step
            times its own size.
        weight_decay: of the rest.
        factor: rate of the tuned part over that of the rest.
    """

    def __init__(
        self, net: nn.Module, tuned: nn.Module, weight_decay: float, factor: float
    ) -> None:
        known = {id(m) for m in tuned.modules()}
        fresh = [m for m in net.children() if id(m) not in known]
        super().__init__(nn.ModuleList(fresh), weight_decay)
        trained = [p for p in tuned.parameters() if p.requires_grad]
        self.add_param_group({"params": trained, "kernels": False, "relative": factor})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step along the gradients that are there."""
        super().step()
        tuned = self.param_groups[-1]
        for p in (p for p in tuned["params"] if p.grad is not None):
            size = p.square().mean().sqrt().clamp(min=1e-3)
            p.sub_(tuned["lr"] * tuned["relative"] * size * self._adam(p))

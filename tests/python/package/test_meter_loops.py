# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The meter in training loops of other packages, on a CPU: the Trainers of transformers and Lightning, accelerate.

Their imports take long: only with FLOPWATCH_ALL_TESTS=1.
"""

import warnings

import pytest
import torch
from torch import nn

import flopwatch
from flopwatch import meters
from meter_models import executed_flops
from meter_packages import use
from thop_reference import slow

pytestmark = [slow, pytest.mark.filterwarnings("ignore")]


def batches(n, rows=4):
    return [(torch.randn(rows, 8), torch.randn(rows, 2)) for _ in range(n)]


def test_the_trainer_of_transformers(monkeypatch, tmp_path):
    use(monkeypatch, "transformers", "accelerate")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

    config = BertConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, vocab_size=50,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    model = BertForSequenceClassification(config)
    rows = [
        {"input_ids": torch.arange(6) + i % 40, "attention_mask": torch.ones(6, dtype=torch.long), "labels": i % 2}
        for i in range(48)
    ]
    seen = []
    callback = meters.transformers_callback(on_step=[seen.append], peak_flops=1e12, check_budget=0)
    arguments = TrainingArguments(
        str(tmp_path), per_device_train_batch_size=4, gradient_accumulation_steps=2, max_steps=6, report_to=[],
        use_cpu=True, disable_tqdm=True, save_strategy="no", logging_strategy="no", max_grad_norm=0.0,
    )  # fmt: skip
    Trainer(model, arguments, train_dataset=rows, callbacks=[callback]).train()
    m = callback.meter
    assert m.total.steps == 6 == len(seen) and m.total.steps_missing == 0
    assert m.total.steps_reused >= 3 and m.last.mfu > 0
    model.zero_grad()
    micro = {key: torch.stack([torch.as_tensor(row[key]) for row in rows[:4]]) for key in rows[0]}
    with torch.no_grad():
        forward = executed_flops(model, lambda: model(**micro))
    assert m.last.executed_flops_by_phase["forward"] >= 2 * forward
    products = m.last.multiply_add_flops

    def twice():
        for _ in range(2):
            model(**micro).loss.backward()

    with flopwatch.watch(model) as w:
        twice()
    assert products == w.result.total.operator.flops


def loader(ready):
    return torch.utils.data.DataLoader(ready, batch_size=None)


def lightning_module(pytorch_lightning):
    class Net(pytorch_lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))

        def training_step(self, batch, batch_idx):
            x, y = batch
            return nn.functional.mse_loss(self.net(x), y)

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=0.01)

    return Net()


def trainer_of(pytorch_lightning, callback, folder):
    return pytorch_lightning.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, default_root_dir=folder, callbacks=[callback],
    )  # fmt: skip


def test_the_trainer_of_lightning(monkeypatch, tmp_path):
    use(monkeypatch, "pytorch_lightning")
    import pytorch_lightning

    model = lightning_module(pytorch_lightning)
    callback = meters.lightning_callback(check_budget=0, peak_flops=1e12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer_of(pytorch_lightning, callback, tmp_path).fit(model, loader(batches(4) + batches(3, 6)))
    m = callback.meter
    products = [interval.multiply_add_flops for interval in m.history]
    macs = 4 * (8 * 16 + 16 * 2)
    # Forward, the gradients of both weights, and that of the second layer's input.
    small = 2 * (2 * macs + 4 * 16 * 2)
    assert products == 4 * [small] + 3 * [small * 6 // 4]
    assert [interval.steps_reused for interval in m.history] == [0, 0, 1, 1, 0, 0, 1]
    assert m.total.complete and m.last.mfu > 0


def test_an_exception_in_lightnings_loop_ends_the_meter(monkeypatch, tmp_path):
    use(monkeypatch, "pytorch_lightning")
    import pytorch_lightning

    model = lightning_module(pytorch_lightning)
    callback = meters.lightning_callback(check_budget=0)

    def fails(batch, batch_idx):
        if batch_idx == 2:
            raise ZeroDivisionError("in the third batch")
        return model.net(batch[0]).sum()

    model.training_step = fails
    with pytest.raises(ZeroDivisionError):
        trainer_of(pytorch_lightning, callback, tmp_path).fit(model, loader(batches(4)))
    assert callback.meter.total.steps == 2
    assert not torch.nn.modules.module._global_forward_pre_hooks


def test_a_loop_with_accelerate(monkeypatch, tmp_path):
    use(monkeypatch, "accelerate")
    from accelerate import Accelerator
    from accelerate.tracking import GeneralTracker, on_main_process

    class SyntheticTracker(GeneralTracker):
        name, requires_logging_directory = "synthetic", False

        @on_main_process
        def __init__(self):
            super().__init__()
            self.logged = []

        tracker = property(lambda self: self.logged)

        def store_init_configuration(self, values):
            pass

        def log(self, values, step=None, **_named):
            self.logged.append((step, values))

    tracker = SyntheticTracker()
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2, log_with=[tracker])
    accelerator.init_trackers("run")
    model = nn.Linear(8, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    model, optimizer = accelerator.prepare(model, optimizer)
    with meters.accelerate_meter(accelerator, model, check_budget=0) as m:
        for x, y in batches(8):
            with accelerator.accumulate(model):
                accelerator.backward(nn.functional.mse_loss(model(x), y))
                optimizer.step()
                optimizer.zero_grad()
    macs = 4 * 8 * 2
    assert [interval.multiply_add_flops for interval in m.history] == 4 * [2 * 2 * 2 * macs]
    assert m.total.complete
    assert [step for step, _ in tracker.logged] == [1, 2, 3, 4]
    assert tracker.logged[3][1]["flopwatch/executed_flops"] == m.last.executed_flops

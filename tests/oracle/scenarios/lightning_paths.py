"""Lightning: in which mode `fit()` trains a model inside a LightningModule and leaves it, and how it generates then."""

from __future__ import annotations

from typing import Any

import props
import watch as watching

FAMILY = "gpt2"


def run(watch: Any) -> dict[str, Any]:
    """For a model as it is loaded and one in train mode, with and without a validation."""
    try:
        import pytorch_lightning
    except ImportError:
        return {"pytorch_lightning": "not installed beside this version"}
    told: dict[str, Any] = {}
    for mode in ("eval", "train"):
        for validated in (False, True):
            name = f"{mode} mode before fit(){', with a validation' if validated else ''}"
            told.update({f"{name}: {key}": words for key, words in _fitted(watch, pytorch_lightning, mode, validated).items()})
    return told


def _fitted(watch: Any, lightning: Any, mode: str, validated: bool) -> dict[str, str]:
    import torch

    told: dict[str, str] = {}
    rows = [{"input_ids": torch.tensor([40, 41, 50, 60, 61]), "labels": torch.tensor([40, 41, 50, 60, 61])} for _ in range(2)]

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = props.new_model(FAMILY).train(mode == "train")
            self.model.config.use_cache = False
            self.model.gradient_checkpointing_enable()

        def training_step(self, batch: Any, _: int) -> Any:
            before = watch.checkpoints["script"]
            loss = self.model(**batch).loss
            told["training_step()"] = f"{watching.state(self.model)}, {watch.checkpoints['script'] - before} calls"
            return loss

        def validation_step(self, batch: Any, _: int) -> None:
            told["validation_step()"] = f"{watching.state(self.model)}; generates {watching.generated(watch, self.model)}"

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=1e-4)

    module = Module()
    loader = torch.utils.data.DataLoader(rows, batch_size=1)
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(module, loader, loader if validated else None)
    told["after fit()"] = f"{watching.state(module.model)}; generates {watching.generated(watch, module.model)}"
    return told

"""Trains a small story writer in a loop of its own on top of Accelerate, and prints a story now and then.

    accelerate launch accelerate_loop.py --model facebook/opt-350m --output out/storyteller
"""

import argparse
import math

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from datasets import load_dataset
from torch.utils.data import DataLoader
from tqdm.auto import tqdm
from transformers import AutoModelForCausalLM, AutoTokenizer, default_data_collator, get_scheduler

OPENING = "Once upon a time, in a village by the sea,"


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="facebook/opt-350m")
    parser.add_argument("--output", default="out/storyteller")
    parser.add_argument("--block-size", type=int, default=512)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=2e-5)
    parser.add_argument("--sample-every", type=int, default=500)
    parser.add_argument("--seed", type=int, default=3)
    return parser.parse_args()


def pack(rows, block_size):
    """Joins texts and cuts them into blocks of one length."""
    ids = [token for row in rows["input_ids"] for token in row]
    usable = len(ids) // block_size * block_size
    blocks = [ids[i : i + block_size] for i in range(0, usable, block_size)]
    return {"input_ids": blocks, "labels": [list(block) for block in blocks]}


def main():
    args = parse_args()
    accelerator = Accelerator(mixed_precision="bf16")
    set_seed(args.seed)

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model)
    model.gradient_checkpointing_enable()

    stories = load_dataset("roneneldan/TinyStories", split="train[:5%]")
    stories = stories.map(lambda rows: tokenizer(rows["text"]), batched=True, remove_columns=stories.column_names)
    stories = stories.map(
        pack,
        batched=True,
        fn_kwargs={"block_size": args.block_size},
        remove_columns=stories.column_names,
    )
    loader = DataLoader(stories, shuffle=True, batch_size=args.batch_size, collate_fn=default_data_collator)

    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate, weight_decay=0.01)
    steps = args.epochs * len(loader)
    scheduler = get_scheduler("cosine", optimizer, num_warmup_steps=steps // 50, num_training_steps=steps)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)

    opening = tokenizer(OPENING, return_tensors="pt").to(accelerator.device)
    progress = tqdm(total=steps, disable=not accelerator.is_local_main_process)
    step = 0
    for epoch in range(args.epochs):
        model.train()
        total_loss = 0.0
        for batch in loader:
            # the cache is of no use in training
            loss = model(**batch, use_cache=False).loss
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()

            total_loss += loss.item()
            step += 1
            progress.update(1)
            if step % args.sample_every == 0 and accelerator.is_main_process:
                story = accelerator.unwrap_model(model).generate(**opening, max_new_tokens=120, do_sample=True)
                accelerator.print(tokenizer.decode(story[0], skip_special_tokens=True))
        accelerator.print(f"epoch {epoch}: perplexity {math.exp(total_loss / len(loader)):.2f}")

    accelerator.wait_for_everyone()
    unwrapped = accelerator.unwrap_model(model)
    unwrapped.save_pretrained(args.output, is_main_process=accelerator.is_main_process, save_function=accelerator.save)
    if accelerator.is_main_process:
        tokenizer.save_pretrained(args.output)


if __name__ == "__main__":
    main()

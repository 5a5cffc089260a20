"""Supervised fine-tuning of a chat model with TRL's SFTTrainer; the cache is off for the training and back for the save.

    python sft_trl.py --model Qwen/Qwen2.5-0.5B --dataset trl-lib/Capybara --output out/qwen-chat
"""

import argparse

from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

QUESTION = [{"role": "user", "content": "Why is the sky blue? Answer in two sentences."}]


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="Qwen/Qwen2.5-0.5B")
    parser.add_argument("--dataset", default="trl-lib/Capybara")
    parser.add_argument("--output", default="out/qwen-chat")
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=2e-5)
    parser.add_argument("--push-to-hub", action="store_true")
    return parser.parse_args()


def answer(model, tokenizer, messages):
    text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    prompt = tokenizer(text, return_tensors="pt", add_special_tokens=False).to(model.device)
    tokens = model.generate(**prompt, max_new_tokens=128, do_sample=False)
    return tokenizer.decode(tokens[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)


def main():
    args = parse_args()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    model = AutoModelForCausalLM.from_pretrained(args.model, torch_dtype="auto")
    model.config.use_cache = False

    dataset = load_dataset(args.dataset)
    config = SFTConfig(
        output_dir=args.output,
        num_train_epochs=args.epochs,
        per_device_train_batch_size=args.batch_size,
        gradient_accumulation_steps=8,
        gradient_checkpointing=True,
        gradient_checkpointing_kwargs={"use_reentrant": False},
        learning_rate=args.learning_rate,
        bf16=True,
        logging_steps=10,
    )
    trainer = SFTTrainer(
        model=model,
        args=config,
        train_dataset=dataset["train"],
        eval_dataset=dataset["test"],
        processing_class=tokenizer,
    )
    trainer.train()
    print(trainer.evaluate())

    trainer.model.config.use_cache = True
    trainer.model.eval()
    print(answer(trainer.model, tokenizer, QUESTION))

    trainer.save_model(args.output)
    if args.push_to_hub:
        trainer.push_to_hub()


if __name__ == "__main__":
    main()

from datasets import load_from_disk
from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

tokenizer = AutoTokenizer.from_pretrained("Qwen/Qwen2.5-0.5B")
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-0.5B")
model.config.use_cache = False

args = TrainingArguments("out", gradient_checkpointing=True, max_steps=100)
trainer = Trainer(model=model, args=args, train_dataset=load_from_disk("data"))
trainer.train()

prompt = tokenizer("The capital of France is", return_tensors="pt")
tokens = model.generate(**prompt, max_new_tokens=32)
print(tokenizer.decode(tokens[0]))
trainer.save_model("out")

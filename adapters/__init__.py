"""The adapted model: chat models for each server, and LoRA adapters made from company records."""

"""BERT-type encoders as they serve on a CPU: fused, packed weights and rows without padding."""

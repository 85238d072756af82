"""Whether an answer is worth having, without a judge model: figures against sources, words against the question."""

"""Scoring what people say: language, sentiment, and the transformer behind them."""

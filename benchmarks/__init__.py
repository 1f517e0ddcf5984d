"""How fast the tap is, in ratios: against itself, a stock SDK tap and quickhouse."""

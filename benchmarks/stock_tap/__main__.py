"""Run the stock tap: `python -m benchmarks.stock_tap --config config.json`."""

from benchmarks.stock_tap.tap import TapStock

if __name__ == "__main__":
    TapStock.cli()

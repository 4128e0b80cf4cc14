"""What is measured and not only passed or failed: python benchmarks/NAME.py"""

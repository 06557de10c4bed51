"""What a noise recogniser is worth: figures with intervals, controls, robustness, the report."""

"""What is known of how well damage is recognised: figures, marks, leaks, and the report."""

"""What costs tell: sums, comparisons, conversions. Pure, over what the stores give."""

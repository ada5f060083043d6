"""What the demo clouds cost: thirteen months of bills of the resources that the scan sees, in the clouds' own formats.

Nothing is real, and everything is marked so: the payer and its accounts are called a demo, and every tag set says
``demo``. Prices are those of the packaged price list; what it has no price for is not on these bills.
"""

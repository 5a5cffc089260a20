"""The campaign: random input of all kinds, by the hundred thousand, and what must be true of each. `make fuzz` runs it.

Each input is made from a seed, a kind and a number alone, so a fault is repeated by these three.
"""

"""Premises that several rules share: which trainings, passes, switches and requests are in question, and how surely."""

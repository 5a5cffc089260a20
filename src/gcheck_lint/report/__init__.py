"""Findings in words: for people (text), for programs (machine), and the lines at the end (summary).

Every function here gives back text; who writes it where is the command's business.
"""

"""Training logs and tracebacks: a stream of bytes in, the messages that the rule cards list out.

`phrases` makes patterns of the cards' messages, `scan` finds them in a stream of any length, `causes` groups what was found
and says which rules it leads to. Nothing here knows a message: they are in the cards alone.
"""

"""The domain of the interpreter: conditions, values, objects, states and events. No interpreter is known here."""

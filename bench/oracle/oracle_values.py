# How facts are written down, and what happens when one cannot be read.

import traceback


def hex_of(value):
    """An address or a 64-bit number; null for a null pointer."""
    number = int(value)
    return hex(number) if number else None


def text(value):
    return value.string_().decode("latin-1")


def has(value, name):
    """Whether this kernel's structure has that member."""
    try:
        value.member_(name)
        return True
    except LookupError:
        return False


class Attempts:
    """One unreadable fact must not cost the others."""

    def __init__(self):
        self.faults = []

    def value(self, what, read):
        try:
            return read()
        except Exception as error:  # drgn raises FaultError, LookupError, AttributeError and plain Exception
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.faults.append({"what": what, "why": f"{type(error).__name__}: {error}", "at": f"{where.name}:{where.lineno}"})
            return None

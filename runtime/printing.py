"""What is shown on a terminal."""


def printable(text: str) -> str:
    """A message in one line that can't drive the terminal, whatever a file or network put into it."""
    return "".join(character if character.isprintable() else " " for character in text)

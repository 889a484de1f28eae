"""The error tree.

    SixminuteError
    ├── ConfigurationError      a setting, a brand or a rule is wrong
    ├── InputError              a file or a request can't be read as what it should be
    │   └── RowError            one row of a file can't be read; the others can
    ├── NotFoundError           a brand, case, incident or mention that isn't there
    ├── ConflictError           the thing has changed, or somebody else has it
    ├── StorageError            the database or the bus can't be read or written
    │   ├── StorageFullError    there is no room left on the disk
    │   └── InUseError          another process works in the same data directory
    ├── BackPressureError       the next stage is too far behind to accept more
    ├── SourceError             a network can't be reached, refuses us or has fallen silent
    ├── ModelError              the classifier can't be loaded or gave nonsense
    └── DeliveryError           a page or a reply could not be delivered; `permanent` says whether to try again

A message says what happened, to what, and what to do, in one line.
"""


class SixminuteError(Exception):
    """Anything this program reports to a person in one line."""


class ConfigurationError(SixminuteError):
    """A setting, a brand or a rule is wrong."""


class InputError(SixminuteError):
    """A file or a request can't be read as what it should be."""


class RowError(InputError):
    """One row of a file can't be read; the others can."""


class NotFoundError(SixminuteError):
    """A brand, case, incident or mention that isn't there."""


class ConflictError(SixminuteError):
    """The thing has changed since it was read, or somebody else has it."""


class StorageError(SixminuteError):
    """The database or the bus can't be read or written."""


class StorageFullError(StorageError):
    """There is no room left on the disk. Nothing that was accepted is lost."""


class InUseError(StorageError):
    """Another process works in the same data directory."""


class BackPressureError(SixminuteError):
    """The next stage is too far behind to accept more before the deadline. Nothing was accepted: try again later."""


class SourceError(SixminuteError):
    """A network can't be reached, refuses us or has fallen silent. The source is asked again, with growing pauses."""


class ModelError(SixminuteError):
    """The classifier can't be loaded, or it gave something that is no score."""


class DeliveryError(SixminuteError):
    """A page or a reply could not be delivered.

    Args:
        message: what happened and what to do.
        permanent: true where trying again can't help (a wrong address, a refused text).
        retry_after: seconds before which another try will be refused too, where the receiver said so.
    """

    def __init__(self, message: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after

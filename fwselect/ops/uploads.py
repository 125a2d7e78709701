from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class CappedUploadHandler(TemporaryFileUploadHandler):
    """Writes no more of a file than it takes to see that it is over the cap; the rest is read and dropped.

    What was written is then larger than the cap, so whoever stores it refuses it in place, with a message.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= settings.FWSELECT_UPLOAD_MAX:
            self.file.write(raw_data)

from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names once `collectstatic` ran; before that plain names, served from where the files are."""

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name

# One image for every kind of process: pages by default; live, worker, beat and migrate by the target's name.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/srv/python/bin:$PATH \
    FWSELECT_MODE=production FWSELECT_HOST=0.0.0.0 FWSELECT_VAR=/srv/var FWSELECT_UPLOADS=/srv/uploads

RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
RUN useradd --system --home-dir /srv --shell /usr/sbin/nologin fwselect \
    && mkdir -p /srv/app /srv/python /srv/var /srv/uploads /srv/backups \
    && chown fwselect /srv/python /srv/var /srv/uploads /srv/backups

USER fwselect
WORKDIR /srv/app
COPY deploy/image.mk deploy/image.mk
COPY requirements/run.txt requirements/run.txt
RUN make --file=deploy/image.mk packages
COPY manage.py pyproject.toml ./
COPY fwselect fwselect
COPY evaluations evaluations
COPY templates templates
COPY static static
RUN make --file=deploy/image.mk static

EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["make", "--silent", "--file=deploy/image.mk"]
CMD ["pages"]

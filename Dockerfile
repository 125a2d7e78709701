# One image for every kind of process: pages by default; live, worker and beat by another command (docs/operating.md).
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 FWSELECT_MODE=production FWSELECT_VAR=/srv/var FWSELECT_HOST=0.0.0.0

RUN useradd --system --home-dir /srv --shell /usr/sbin/nologin fwselect && mkdir -p /srv/app /srv/var && chown fwselect /srv/var
WORKDIR /srv/app
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY manage.py pyproject.toml ./
COPY fwselect fwselect
COPY evaluations evaluations
COPY templates templates
COPY static static

USER fwselect
# Collecting files needs settings, not services; the secret of this step is thrown away.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" ALLOWED_HOSTS=localhost \
    DATABASE_URL=postgresql://localhost/none REDIS_URL=redis://localhost/0 python manage.py collectstatic --noinput

EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--blocking-threads", "8", "--respawn-failed-workers", "fwselect.wsgi:application"]

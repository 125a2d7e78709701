# The steps of the image: `Dockerfile` runs them, `compose.yaml` starts by them, and the tests run them too.
SHELL := /bin/sh
.PHONY: packages static migrate pages live worker beat manage

# Where the packages are installed: a virtual environment of its own.
PREFIX ?= /srv/python
# Who makes it.
PYTHON ?= python3
RUN := $(PREFIX)/bin/python

packages:
	@$(PYTHON) -m venv $(PREFIX)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes -r requirements/run.txt

# Collecting needs settings, not services; the secret of this step is thrown away.
static:
	@SECRET_KEY="$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(64))')" ALLOWED_HOSTS=localhost \
	DATABASE_URL=postgresql://localhost/none REDIS_URL=redis://localhost/0 FWSELECT_MODE=production \
	$(RUN) manage.py collectstatic --noinput --verbosity 0

migrate:
	@exec $(RUN) manage.py migrate --noinput --verbosity 1

pages live worker beat:
	@exec $(RUN) -m fwselect.local.run $@

# Any other command: manage WORDS="create_lead --address https://choice.example.org"
manage:
	@exec $(RUN) manage.py $(WORDS)

# sigclock for CI systems that have no Python: `docker build -t sigclock .`, then
# `docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/repository" sigclock sigclock check`.
FROM python:3.13-slim AS build
WORKDIR /source
COPY .github/requirements/action.txt requirements.txt
RUN python -I -m venv /opt/sigclock \
    && /opt/sigclock/bin/python -I -m pip install --quiet --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY sigclock sigclock
RUN /opt/sigclock/bin/python -I -m pip install --quiet --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
# Any Git from 2.25 on will do, so the distribution's is not pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/sigclock /opt/sigclock
ENV PATH="/opt/sigclock/bin:$PATH"
WORKDIR /repository
CMD ["sigclock", "--help"]

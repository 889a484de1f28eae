# sixminute in one image: every worker, the pages and the command line, with the model inside.
#
#   docker build --tag sixminute:0.1.0 .
#   docker build --tag sixminute:0.1.0-cuda --build-arg TORCH=cuda .    NVIDIA GPUs; some gigabytes larger

FROM python:3.12-slim-trixie AS builder

ARG TORCH=cpu

ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 VIRTUAL_ENV=/opt/sixminute

RUN pip install --no-cache-dir uv==0.13.9 && uv venv --no-project /opt/sixminute

WORKDIR /build

# What the program needs comes before the program: a change of code alone leaves this layer as it is.
COPY constraints.txt pyproject.toml ./
RUN case "$TORCH" in \
        cpu) backend=--torch-backend=cpu ;; \
        cuda) backend= ;; \
        *) echo "TORCH=$TORCH: choose cpu or cuda" >&2; exit 1 ;; \
    esac \
    && uv pip install $backend --constraints constraints.txt --requirements pyproject.toml --extra tracing

COPY . .
RUN uv pip install --no-deps --build-constraints constraints.txt .


FROM python:3.12-slim-trixie

ARG REVISION=

LABEL org.opencontainers.image.title="sixminute" \
      org.opencontainers.image.description="Watches what people say about a brand, raises the alarm, and has a sendable reply ready inside six minutes." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN groupadd --gid 10001 sixminute \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin sixminute \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/sixminute

COPY --from=builder /opt/sixminute /opt/sixminute

# In a container the program listens at every address; who reaches it is decided outside.
# Only the data folder and /tmp are written: the rest can be read-only.
ENV PATH=/opt/sixminute/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HOME=/tmp/huggingface \
    SIXMINUTE_HOST=0.0.0.0 \
    SIXMINUTE_DATA_DIR=/var/lib/sixminute

USER 10001:10001
WORKDIR /var/lib/sixminute

RUN ["sixminute", "--version"]

EXPOSE 8600

HEALTHCHECK --interval=15s --timeout=5s --start-period=3m --retries=4 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ.get('SIXMINUTE_PORT') or 8600}/healthz\", timeout=4)"]

ENTRYPOINT ["sixminute"]
CMD ["up"]

# The service with its bundled model, and the training command.
#
#   docker build -t bug-summarizer .
#   docker run --rm --init -p 127.0.0.1:8000:8000 --shm-size=1g bug-summarizer
#   docker build -t bug-summarizer:cuda --build-arg TORCH=cuda .
#   docker run --rm --init -p 127.0.0.1:8000:8000 --shm-size=1g --gpus all bug-summarizer:cuda
#
# Training keeps its checkpoints in /app/runs, the one folder in /app that the image's user may write
# to. A folder mounted there, which user 1000 may write to, keeps the trained model too, if --output
# names a folder in it:
#
#   docker run --rm --init --shm-size=1g -v "$PWD/data:/app/data:ro" -v "$PWD/runs:/app/runs" \
#     bug-summarizer python train.py --dataset data/train.jsonl --model google/flan-t5-small \
#     --output runs/my-model
#
# TORCH=cuda fails where pip found a torch without CUDA. TORCH=cpu runs on CPUs with either build
# of torch, and pip's default index for Linux has the CUDA one: let pip look at PyTorch's index of
# CPU wheels too, and it takes the CPU build, which saves some gigabytes:
#
#   docker build -t bug-summarizer --build-arg PIP_EXTRA_INDEX_URL=... .
#
# --shm-size: Ray keeps its object store in /dev/shm, of which Docker gives 64 MB by default.
# It still runs with that, on slower files in /tmp and with a warning.

ARG TORCH=cpu

FROM python:3.11-slim AS build
ARG TORCH
# pip reads both from its environment.
ARG PIP_EXTRA_INDEX_URL
ARG PIP_FIND_LINKS
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install -r requirements.txt \
    && /opt/venv/bin/python -c "import sys, torch; \
sys.exit(sys.argv[1] == 'cuda' and torch.version.cuda is None and \
'TORCH=cuda, but pip found a torch without CUDA: look at PIP_EXTRA_INDEX_URL.')" "$TORCH"

FROM python:3.11-slim AS runtime-cpu
RUN useradd --create-home --uid 1000 summarizer
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY main.py train.py serve_config.yaml ./
COPY schemas/ schemas/
COPY summarizer/ summarizer/
COPY deployments/ deployments/
COPY training/ training/
COPY models/ models/
RUN install --directory --owner=1000 runs
# The object store's default size asks for more of /dev/shm than --shm-size=1g has.
ENV PATH="/opt/venv/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RAY_DEFAULT_OBJECT_STORE_MAX_MEMORY_BYTES=800000000
USER 1000
EXPOSE 8000
# Loading Ray and the model takes up to some minutes on a slow machine. No proxy stands between.
HEALTHCHECK --interval=15s --timeout=10s --start-period=300s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:8000/ready', timeout=8)"]
# The launcher turns SIGTERM into a clean end of Ray. Only inside the container it listens on every
# interface; what is published is up to `docker run -p`.
CMD ["python", "-m", "deployments.launch", "--host", "0.0.0.0", "serve_config.yaml"]

FROM runtime-cpu AS runtime-cuda
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

# hadolint ignore=DL3006
FROM runtime-${TORCH}

# docker build -t hookproof . && docker run --rm -v "$PWD:/project:ro" hookproof check
FROM python:3.12-slim AS build
COPY . /source
RUN pip wheel --no-cache-dir --wheel-dir /wheels /source

FROM python:3.12-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels hookproof
# What is checked is never run, and nothing needs to be written.
USER nobody
WORKDIR /project
ENTRYPOINT ["hookproof"]
CMD ["check", "--no-cache"]

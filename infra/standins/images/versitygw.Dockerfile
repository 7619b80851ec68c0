# Stands in for versity/versitygw: with arguments, the entry point is the server itself.
FROM midstate-standins/debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends busybox && rm -rf /var/lib/apt/lists/* \
  && ln -s /bin/busybox /usr/local/bin/wget
COPY versitygw /usr/local/bin/
ENTRYPOINT ["/usr/local/bin/versitygw"]

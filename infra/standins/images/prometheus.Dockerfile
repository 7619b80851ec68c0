# Stands in for prom/prometheus: Debian's, which is an older version; the paths and the entry point are the image's.
FROM midstate-standins/debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends busybox prometheus && rm -rf /var/lib/apt/lists/* \
  && ln -s /bin/busybox /usr/local/bin/wget \
  && ln -s /usr/bin/prometheus /usr/bin/promtool /usr/local/bin/ \
  && install -d -o nobody -g nogroup /prometheus /etc/prometheus
USER nobody
WORKDIR /prometheus
VOLUME /prometheus
EXPOSE 9090
ENTRYPOINT ["/usr/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]

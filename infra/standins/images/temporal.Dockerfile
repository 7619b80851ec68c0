# Stands in for temporalio/server, temporalio/admin-tools and temporalio/ui. The server renders its own configuration
# template from the environment at start; the UI does so itself.
FROM midstate-standins/debian:bookworm AS tools
RUN apt-get update && apt-get install -y --no-install-recommends netcat-openbsd && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 1000 temporal && useradd --uid 1000 --gid temporal temporal
WORKDIR /etc/temporal

FROM tools AS server
COPY bin/temporal-server bin/temporal bin/render-template /usr/local/bin/
COPY config_template.yaml config/
COPY temporal-entrypoint entrypoint.sh
RUN chown -R temporal:temporal config
ENV TEMPORAL_HOME=/etc/temporal
USER temporal
EXPOSE 7233
ENTRYPOINT ["/etc/temporal/entrypoint.sh"]

FROM tools AS admin-tools
COPY bin/temporal-sql-tool bin/temporal /usr/local/bin/
USER temporal
ENTRYPOINT ["sleep", "infinity"]

FROM tools AS ui
WORKDIR /home/ui-server
COPY bin/ui-server ./
COPY ui-config config
USER temporal
EXPOSE 8080
ENTRYPOINT ["./ui-server", "--env", "docker", "start"]

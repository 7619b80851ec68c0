# Stands in for softwaremill/elasticmq: the same classes from Maven, its user, its configuration file, its volume.
FROM midstate-standins/debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless && rm -rf /var/lib/apt/lists/*
RUN groupadd --system elasticmq && useradd --system --gid elasticmq elasticmq
WORKDIR /opt/elasticmq
COPY lib lib
RUN echo 'include classpath("application.conf")' > /opt/elasticmq.conf
VOLUME /data
USER elasticmq
EXPOSE 9324
ENTRYPOINT ["java", "-Dconfig.file=/opt/elasticmq.conf", "-cp", "/opt/elasticmq/lib/*", "org.elasticmq.server.Main"]

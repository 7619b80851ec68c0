# Stands in for node:<version>-bookworm-slim: Debian, Node with its headers, npm, a user `node` of id 1000.
FROM midstate-standins/debian:bookworm
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY node /usr/local/
# This machine's certificates, for registries behind a proxy of its own; the image that is built takes Debian's.
COPY machine-certificates.crt /usr/local/etc/machine-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
  && npm config set --global cafile /usr/local/etc/machine-certificates.crt
CMD ["node"]

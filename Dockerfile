# The gateway on the official Node 24 image: no build, no shell script at start, nothing written but to /data and /tmp.
#   docker build -t sekisho .
#   docker run --read-only --tmpfs /tmp -v sekisho-data:/data -v ./config:/app/config:ro -v ./policies:/app/policies:ro -p 8080:8080 sekisho
# config/gateway.yaml says `dataDir: /data`, and listens on 0.0.0.0:8080 (the container's own loopback reaches nobody).

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The lock holds integrity hashes, and no production package runs a script when it is installed (a test holds that). The image brings its own
# Node, so the 190 MB that npm pins for checkouts go. Not --omit=optional: the binding of argon2 is an optional package.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE dependencies.txt ./
COPY bin ./bin
COPY src ./src
# The image's own user, not root. It owns /data and nothing else.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Asked over the operators' Unix socket in /data, which needs no port, and by Node itself: there is no curl in the image.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "-e", "\
  require('node:http').get({ socketPath: '/data/operator.sock', path: '/healthz', timeout: 2000 }, answer => process.exit(answer.statusCode === 200 ? 0 : 1))\
    .on('timeout', () => process.exit(1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["/app/bin/sekisho"]
CMD ["serve"]

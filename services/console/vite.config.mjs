import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npx vite` in this folder serves the console as it is being written, on a registry that runs on this machine. */
const registry = `http://127.0.0.1:${process.env.REGISTRY_PORT ?? 3000}`;

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that it works below any path of a proxy.
  base: './',
  plugins: [react()],
  resolve: {
    alias: { '@wscm/contracts': fileURLToPath(new URL('../../libs/contracts/src/index.ts', import.meta.url)) },
  },
  // MIT and the like want their texts to go with the code.
  build: { outDir: 'dist/site', emptyOutDir: true, license: { fileName: 'licences.md' } },
  server: { proxy: { '/v1': registry, '/readyz': registry, '/docs': registry } },
});

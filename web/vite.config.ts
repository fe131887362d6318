import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { schemaShape } from './build/schema-shape.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const gateway = 'http://localhost:4000'

export default defineConfig({
  root: here('.'),
  plugins: [vue(), tailwindcss(), schemaShape()],
  resolve: { alias: { '@': here('./src') } },
  worker: { format: 'es' },
  build: {
    // Fonts and pictures inlined as data: URLs would need holes in the content security policy.
    assetsInlineLimit: 0,
    // The playground's editor is one large piece by nature; the client's own budget is checked elsewhere.
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: { client: here('./index.html'), playground: here('./playground/index.html') },
      onLog(level, log, report) {
        // React libraries of the playground say "use client" at their top, which means nothing here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log)
      },
    },
  },
  server: {
    proxy: {
      '/graphql': { target: gateway, ws: true },
      '/files': gateway,
      '/health': gateway,
    },
  },
})

import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineProject } from 'vitest/config'
import { schemaShape } from './build/schema-shape.ts'

export default defineProject({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [vue(), schemaShape()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: { name: 'web', environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const packed = /\.(js|css|html|svg)$/

/** Packs every text file once, at its best, so that the server packs none. */
function packFiles(): Plugin {
  return {
    name: 'kiln:pack-files',
    apply: 'build',
    writeBundle: async ({ dir = '' }, bundle) => {
      const names = Object.keys(bundle).filter((name) => packed.test(name))
      await Promise.all(names.map(async (name) => pack(join(dir, name))))
    },
  }
}

async function pack(file: string): Promise<void> {
  const bytes = await readFile(file)
  await Promise.all([
    writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 })),
    writeFile(`${file}.br`, await promisify(brotliCompress)(bytes)),
  ])
}

const server = process.env['KILN_SERVER'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [vue(), packFiles()],
  build: { target: 'es2022', cssCodeSplit: true, reportCompressedSize: false },
  // The API under the console of a developer is that of a farm which runs already.
  server: { proxy: { '/api': { target: server, ws: true } } },
})

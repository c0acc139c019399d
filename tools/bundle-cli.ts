import { chmod } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const target = fileURLToPath(new URL('../dist/kiln.js', import.meta.url))

/** Puts the command line into one file that any Node.js 24 runs, wherever it lies: `node tools/bundle-cli.ts`. */
await build({
  entryPoints: [fileURLToPath(new URL('../cli/main.ts', import.meta.url))],
  outfile: target,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  legalComments: 'eof',
  // What is written for `require` finds it also in a module.
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as kilnCreateRequire } from 'node:module';const require = kilnCreateRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
await chmod(target, 0o755)
process.stdout.write(`${target}\n`)

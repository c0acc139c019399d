#!/usr/bin/env node
// Plain JavaScript on purpose: this runs on whatever Node is there, and brings the project's own one in.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const main = new URL('main.ts', import.meta.url)
const oldestMajor = 24

function ownNode() {
  try {
    const path = createRequire(import.meta.url).resolve('node/bin/node')
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

function runWith(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends its signals to both; the child decides what they mean.
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

if (Number(process.versions.node.split('.')[0]) >= oldestMajor) await import(main.href)
else {
  const node = ownNode()
  if (node !== undefined) runWith(node)
  else {
    process.stderr.write(
      `kiln needs Node ${oldestMajor}: run \`npm ci\` in its folder, or install it\n`,
    )
    process.exitCode = 2
  }
}

// Plain JavaScript on purpose: this runs before Node 24 and the dependencies are there.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined
}

/** Compares what is locked with what npm recorded as installed; times of files say nothing after a checkout. */
function isInstalled() {
  const locked = readLock(`${root}package-lock.json`)
  const installed = readLock(`${root}node_modules/.package-lock.json`)
  if (!locked || !installed) return false
  return Object.entries(locked).every(([path, entry]) => {
    const there = installed[path]
    if (path === '' || entry.link) return true
    if (!there) return Boolean(entry.optional || entry.peer || entry.devOptional)
    return there.version === entry.version && there.integrity === entry.integrity
  })
}

function install() {
  process.stdout.write('installing dependencies with npm ci (once, about a minute) …\n')
  // What it warns of is the Node.js that installs; Kiln runs on its own, which is among the dependencies.
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (result.error) return fail('npm is not on PATH: install Node 18 or newer together with npm')
  if (result.status !== 0) fail('npm ci failed: see above; `npm start` may be run again')
}

if (Number(process.versions.node.split('.')[0]) < 18) {
  fail(`Node ${process.versions.node} is too old: Node 18 or newer is needed to install Kiln`)
} else if (process.platform !== 'linux') {
  fail(
    `Kiln builds images with Linux containers and runs on Linux only, not on ${process.platform}`,
  )
} else if (!isInstalled()) {
  install()
}

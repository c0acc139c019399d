import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from '../../process/run.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const limitMs = 10 * 60_000
const packages = ['chromium', 'fonts-noto-cjk']

/**
 * A browser of this machine, which Debian's packages bring where this may be done. @returns undefined where there is none:
 * then nothing can be looked at, and that is said aloud. @throws an error instead when one is demanded.
 */
export async function findChromium(): Promise<string | undefined> {
  const found = process.env['KILN_CHROMIUM_BIN'] ?? onPath() ?? (await install())
  if (found !== undefined) return found
  const message = 'no Chromium: the console is not looked at (apt-get install chromium)'
  if (process.env['KILN_REQUIRE_BROWSER'] === '1') throw new Error(message)
  process.stdout.write(`SKIPPED: ${message}\n`)
  return undefined
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function install(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined
  try {
    await apt('update')
    await apt('install', '-y', '--no-install-recommends', ...packages)
  } catch {
    return undefined
  }
  return onPath()
}

async function apt(...args: readonly string[]): Promise<void> {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['-qq', ...args], { limitMs, environment })
}

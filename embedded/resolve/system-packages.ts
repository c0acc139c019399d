import { access } from 'node:fs/promises'
import type { Environment } from '../../process/environment.ts'
import { Problem } from '../problem.ts'
import type { GoBuild } from '../pins.ts'
import { ProcessError, run } from '../../process/run.ts'
import type { Report } from '../report.ts'

const limitMs = 10 * 60_000

/** Whether packages can be installed here without asking anybody. */
export async function canInstallPackages(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false
  return access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  )
}

/** Installs Debian packages and says so. @throws Problem when this is not root on Debian or Ubuntu. */
export async function installPackages(
  packages: readonly string[],
  reason: string,
  environment: Environment,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const names = packages.join(' ')
  if (!(await canInstallPackages()))
    throw new Problem([`${reason}: install ${names} with your package manager`])
  report.say(`installing ${names} with apt-get: ${reason}`)
  using _ = report.progress(`installing ${names}`)
  const options = {
    limitMs,
    signal,
    environment: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
  }
  const install = ['install', '-y', '-q', '--no-install-recommends', ...packages]
  try {
    await run('apt-get', install, options)
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
    // The usual cause is a package list that is missing or old, as in a fresh container.
    await run('apt-get', ['update', '-q'], options)
    await run('apt-get', install, options)
  }
}

/** Whether what the C parts of a component are built with is here. */
export async function hasCTools(cgo: GoBuild['cgo'], environment: Environment): Promise<boolean> {
  const options = { limitMs: 5000, environment }
  try {
    if (cgo !== undefined) await run('gcc', ['--version'], options)
    if (cgo === 'gcc and libseccomp') await run('pkg-config', ['--exists', 'libseccomp'], options)
    return true
  } catch (error) {
    if (error instanceof ProcessError) return false
    throw error
  }
}

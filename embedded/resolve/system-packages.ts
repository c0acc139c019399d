import { access } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../process/environment.ts'
import { Problem } from '../problem.ts'
import type { GoBuild } from '../pins.ts'
import { takeFileLock } from '../../process/file-lock.ts'
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
  // Of two farms on this machine one would find the lists of apt locked, for which apt does not wait.
  await using _ = await takeFileLock(join(tmpdir(), 'kiln-packages.lock'), {
    limitMs,
    signal,
    onWait: (pid) => report.say(`pid ${pid} is installing packages, waiting`),
  })
  report.say(`installing ${names} with apt-get: ${reason}`)
  await runApt(packages, environment, report, signal)
}

async function runApt(
  packages: readonly string[],
  environment: Environment,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  using _ = report.progress(`installing ${packages.join(' ')}`)
  const options = {
    limitMs,
    signal,
    environment: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
  }
  const patient = ['-o', 'DPkg::Lock::Timeout=300']
  const install = [...patient, 'install', '-y', '-q', '--no-install-recommends', ...packages]
  try {
    await run('apt-get', install, options)
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
    // The usual cause is a package list that is missing or old, as in a fresh container.
    await run('apt-get', [...patient, 'update', '-q'], options)
    await run('apt-get', install, options)
  }
}

/** Commands that give every build daemon a network of its own, by the package that has them. */
const networkTools = { iproute2: 'ip', nftables: 'nft' } as const

/** The packages that are missing of those that a daemon's network is made with. */
export async function missingNetworkPackages(environment: Environment): Promise<readonly string[]> {
  const found = await Promise.all(
    Object.entries(networkTools).map(async ([name, command]) =>
      (await answersVersion(command, environment)) ? [] : [name],
    ),
  )
  return found.flat()
}

/** Installs what a daemon's network is made with. @throws Problem when this is not root on Debian or Ubuntu. */
export async function ensureNetworkTools(
  environment: Environment,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const missing = await missingNetworkPackages(environment)
  const reason = 'every build daemon has a network of its own'
  if (missing.length > 0) await installPackages(missing, reason, environment, report, signal)
}

async function answersVersion(command: string, environment: Environment): Promise<boolean> {
  try {
    await run(command, ['-V'], { limitMs: 5000, environment })
    return true
  } catch (error) {
    if (error instanceof ProcessError) return false
    throw error
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

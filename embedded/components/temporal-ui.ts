import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Daemon } from '../../process/daemon.ts'
import type { ComponentContext } from './context.ts'
import { daemonFiles } from './daemon-files.ts'
import type { Temporal } from './temporal.ts'

export interface TemporalUi extends AsyncDisposable {
  readonly url: string
}

const environmentName = 'kiln'

/** Starts Temporal's own pages, where operators watch workflows. */
export async function startTemporalUi(
  context: ComponentContext,
  temporal: Pick<Temporal, 'address' | 'namespace'>,
): Promise<TemporalUi> {
  const { state, settings, report, signal } = context
  const port = context.port('temporalUi')
  const folder = join(state.dir, 'temporal-ui')
  await mkdir(join(folder, 'config'), { recursive: true, mode: 0o700 })
  const config = {
    temporalGrpcAddress: temporal.address,
    host: '127.0.0.1',
    port,
    enableUi: true,
    defaultNamespace: temporal.namespace,
    disableNewsFetch: true,
    auth: { enabled: false },
  }
  await writeFile(
    join(folder, 'config', `${environmentName}.yaml`),
    JSON.stringify(config, null, 2),
  )
  const url = `http://127.0.0.1:${port}`
  const daemon = await Daemon.start(
    {
      name: 'temporal-ui',
      command: context.binary('temporal-ui', 'temporal-ui'),
      args: ['--root', folder, '--config', 'config', '--env', environmentName, 'start'],
      environment: settings.environment,
      cwd: folder,
      ...daemonFiles(state, 'temporal-ui'),
      stopping: { signal: 'SIGTERM', graceMs: 5000 },
      isReady: () => isServing(`${url}/healthz`),
      readyLimitMs: 30_000,
    },
    report.say,
    signal,
  )
  return { url, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() }
}

async function isServing(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1000) })
  await response.body?.cancel()
  return response.ok
}

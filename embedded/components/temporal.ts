import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Daemon } from '../../process/daemon.ts'
import type { ComponentContext } from './context.ts'
import { daemonFiles } from './daemon-files.ts'
import { temporalConfig } from './temporal-config.ts'
import { prepareNamespace } from './temporal-namespace.ts'
import { updateSchemas } from './temporal-schema.ts'
import { writeTemporalSettings } from './temporal-settings.ts'

export interface Temporal extends AsyncDisposable {
  readonly address: string
  readonly namespace: string
}

/** Starts the Temporal server on the embedded Postgres, with Kiln's namespace ready for workflows. */
export async function startTemporal(
  context: ComponentContext,
  postgresPort: number,
): Promise<Temporal> {
  const { state, settings, report, signal } = context
  const folder = join(state.dir, 'temporal')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const configFile = join(folder, 'config.yaml')
  const settingsFile = join(folder, 'settings.yaml')
  const config = JSON.stringify(temporalConfig(context, postgresPort, settingsFile), null, 2)
  await writeTemporalSettings(settingsFile, configFile)
  await writeFile(configFile, config, { mode: 0o600 })
  await updateSchemas(context, postgresPort)
  const port = context.port('temporal')
  const daemon = await Daemon.start(
    {
      name: 'temporal',
      command: context.binary('temporal', 'temporal-server'),
      args: ['--config-file', configFile, '--allow-no-auth', 'start'],
      environment: settings.environment,
      cwd: folder,
      ...daemonFiles(state, 'temporal'),
      stopping: { signal: 'SIGTERM', graceMs: 15_000 },
      isReady: () => isListening(port),
      readyLimitMs: 60_000,
    },
    report.say,
    signal,
  )
  const address = `127.0.0.1:${port}`
  const namespace = settings.external.temporalNamespace
  try {
    await prepareNamespace({ address }, namespace, signal)
  } catch (error) {
    await daemon[Symbol.asyncDispose]()
    throw error
  }
  return { address, namespace, [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose]() }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', reject)
  })
}

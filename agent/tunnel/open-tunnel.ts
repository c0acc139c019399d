import type { Environments } from '../environments/environments.ts'
import {
  environmentPaths,
  environmentScope,
  environmentsFolder,
  runcRoot,
} from '../environments/environment-paths.ts'
import { surveyEnvironment } from '../saving/survey-environment.ts'
import { type DialDeps, keepTunnel } from './keep-tunnel.ts'
import { createEnvironmentHttp } from './environment-http.ts'
import { createPorts } from './ports.ts'
import { createServeStream } from './serve-stream.ts'
import { createOpenTerminal } from './terminal.ts'

export interface TunnelSettings {
  /** The agent's own. */
  readonly directory: string
  readonly runc: string
}

interface TunnelDeps extends Omit<DialDeps, 'serve'> {
  readonly environments: Pick<Environments, 'isRunning' | 'filesOf'>
}

/** Lets the server reach the environments of this node, until the signal aborts. */
export async function openTunnel(
  { directory, runc }: TunnelSettings,
  deps: TunnelDeps,
  nodeId: string,
  signal: AbortSignal,
): Promise<void> {
  const scope = environmentScope(directory)
  const { isRunning, filesOf } = deps.environments
  const pathsOf = (id: string) => environmentPaths(environmentsFolder(directory), id)
  using ports = createPorts(scope)
  const http = createEnvironmentHttp({
    isRunning,
    logOf: (id) => pathsOf(id).log,
    openTerminal: createOpenTerminal({ runc, root: runcRoot(scope), folderOf: pathsOf }),
    survey: async (ref, choices, stop) => {
      const files = filesOf(ref)
      return files && surveyEnvironment(files, choices, stop)
    },
  })
  const serve = createServeStream({ isRunning, ports, http })
  await keepTunnel({ ...deps, serve }, nodeId, signal)
}

import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'

/** Where everything of one project's build daemon is on this node. */
export interface DaemonPaths {
  readonly folder: string
  /** What the daemon keeps: layers, cache, history. */
  readonly root: string
  readonly temporary: string
  readonly config: string
  readonly cniConfig: string
  /** Links to CDI specifications, where a folder holds something else as well. */
  readonly cdi: string
  readonly socket: string
  readonly logFile: string
  readonly pidFile: string
  /** What the daemon calls as runc. */
  readonly stepRunc: string
  /** Holds a file for each step that was stopped by a limit. */
  readonly limitHits: string
  /** Below the root of each hierarchy: holds the daemon and, beside it, its steps. */
  readonly cgroup: string
  /** Of the daemon alone. */
  readonly ownCgroup: string
  /** Of everything that the steps start; its limits are theirs together. */
  readonly stepsCgroup: string
}

/** Short and stable: names what agents have to keep outside of their directory, so that several fit on one machine. */
export function agentScope(directory: string): string {
  return createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 8)
}

/** The cgroup that holds everything that the daemons of an agent ever start. */
export function agentCgroup(scope: string): string {
  return `kiln-${scope}`
}

/** A folder for sockets: their paths must stay below 108 bytes, however deep the agent's directory lies. */
export function socketFolder(scope: string): string {
  return join('/run', `kiln-${scope}`)
}

/** Every project has a folder of its own, also for what is outside of the agent's directory. */
export function daemonPaths(folder: string, scope: string, project: string): DaemonPaths {
  const own = join(folder, project)
  return {
    folder: own,
    root: join(own, 'root'),
    temporary: join(own, 'root', 'tmp'),
    config: join(own, 'buildkitd.toml'),
    cniConfig: join(own, 'cni.conflist'),
    cdi: join(own, 'cdi'),
    socket: join(socketFolder(scope), `${project}.sock`),
    logFile: join(own, 'buildkitd.log'),
    pidFile: join(own, 'buildkitd.pid.json'),
    stepRunc: join(own, 'runc'),
    limitHits: join(own, 'limit-hits'),
    cgroup: join(agentCgroup(scope), project),
    ownCgroup: join(agentCgroup(scope), project, 'daemon'),
    stepsCgroup: join(agentCgroup(scope), project, 'steps'),
  }
}

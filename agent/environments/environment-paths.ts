import { join } from 'node:path'
import { agentScope } from '../daemon/daemon-paths.ts'

/** Where everything of one environment is on its node. */
export interface EnvironmentPaths {
  readonly folder: string
  /** What the agent must know of it after a restart. */
  readonly record: string
  /** What the environment has written over the files of its image, and the kernel's room for that. */
  readonly upper: string
  readonly work: string
  /** Where both are mounted together. */
  readonly root: string
  /** The folder with `config.json`. */
  readonly bundle: string
  /** Files of the system that are the environment's own. */
  readonly system: string
  readonly log: string
  readonly runcLog: string
  readonly pid: string
  /** Holds the exit code once the program has ended. */
  readonly exit: string
}

export function environmentPaths(folder: string, id: string): EnvironmentPaths {
  const own = join(folder, id)
  return {
    folder: own,
    record: join(own, 'environment.json'),
    upper: join(own, 'upper'),
    work: join(own, 'work'),
    root: join(own, 'root'),
    bundle: join(own, 'bundle'),
    system: join(own, 'system'),
    log: join(own, 'log'),
    runcLog: join(own, 'runc.log'),
    pid: join(own, 'pid'),
    exit: join(own, 'exit'),
  }
}

/**
 * Names what environments have outside of the agent's directory. Other than the agent's own: an agent that starts removes
 * what carries its own, and environments live on.
 */
export function environmentScope(directory: string): string {
  return agentScope(environmentsFolder(directory))
}

/** Unpacked images that environments are made from. */
export function imagesFolder(directory: string): string {
  return join(directory, 'environment-images')
}

export function environmentsFolder(directory: string): string {
  return join(directory, 'environments')
}

/** Below the root of each hierarchy. */
export function environmentCgroup(scope: string, id: string): string {
  return join(`kiln-${scope}`, id)
}

/** State of runc: on a file system that is empty after the machine has started anew, as are its containers. */
export function runcRoot(scope: string): string {
  return join('/run', `kiln-${scope}`)
}

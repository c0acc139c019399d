import { randomUUID } from 'node:crypto'
import { type Logger, pino } from 'pino'
import { createNewId } from '#contract/id.ts'
import type { AgentConfig, AgentSecrets } from './config.ts'
import { createControlPlane, type ControlPlane } from './control-plane.ts'
import { explain } from './stages/explain.ts'
import { createRunning } from './stages/running.ts'
import type { VerifyDeps } from './stages/verify-image.ts'

export interface AgentDeps extends VerifyDeps {
  readonly controlPlane: ControlPlane
  readonly newId: ReturnType<typeof createNewId>
  readonly incarnation: string
  readonly log: Logger
}

/** Everything the agent is made of. Nothing is connected yet. */
export function createAgentDeps(config: AgentConfig, secrets: AgentSecrets): AgentDeps {
  return {
    controlPlane: createControlPlane(config.serverUrl, secrets.token),
    running: createRunning(),
    explain,
    buildkitAddress: config.buildkitAddress,
    newRef: () => `kiln-${randomUUID()}`,
    newNonce: randomUUID,
    newId: createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes)),
    incarnation: randomUUID(),
    now: () => new Date(),
    random: Math.random,
    log: pino({ name: 'agent', level: config.logLevel }),
  }
}

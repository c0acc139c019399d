import type { BuildPlan } from '#contract/build.ts'
import type { SshAgent } from '../buildkit/session/ssh-forward.ts'
import { createMask, type Mask } from '../logs/mask-secrets.ts'
import { createKeyAgent } from '../ssh/key-agent.ts'

/** The secrets of one solve, by the ids under which RUN mounts them. Disposing overwrites the values. */
export interface PlanSecrets extends Disposable {
  readonly secrets: Readonly<Record<string, Uint8Array>>
  readonly sshAgents: ReadonlyMap<string, SshAgent>
}

export function openPlanSecrets({ secrets, ssh }: BuildPlan): PlanSecrets {
  const values = secrets.map(({ id, value }) => [id, decode(value)] as const)
  const agents = ssh.map(({ id, key }) => {
    const bytes = decode(key)
    const agent = createKeyAgent(bytes)
    bytes.fill(0)
    return [id, agent] as const
  })
  return {
    secrets: Object.fromEntries(values),
    sshAgents: new Map(agents),
    [Symbol.dispose]: () => {
      for (const [, value] of values) value.fill(0)
    },
  }
}

/** Takes every secret of the plan, and the registry's, out of a text. */
export function maskPlan({ registry, secrets, ssh }: BuildPlan): Mask {
  return createMask([
    Buffer.from(registry.secret),
    ...secrets.map(({ value }) => decode(value)),
    ...ssh.map(({ key }) => decode(key)),
  ])
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}

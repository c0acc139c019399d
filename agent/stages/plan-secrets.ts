import type { BuildPlan } from '#contract/build.ts'
import { createMask, type Mask } from '../logs/mask-secrets.ts'

/** The secrets of one solve, by the ids under which RUN mounts them. Disposing overwrites them. */
export interface PlanSecrets extends Disposable {
  readonly secrets: Readonly<Record<string, Uint8Array>>
}

export function openPlanSecrets(plan: BuildPlan): PlanSecrets {
  const secrets = Object.fromEntries(plan.secrets.map(({ id, value }) => [id, decode(value)]))
  return {
    secrets,
    [Symbol.dispose]: () => {
      for (const value of Object.values(secrets)) value.fill(0)
    },
  }
}

/** Takes every secret of the plan, and the registry's, out of a text. */
export function maskPlan({ registry, secrets }: BuildPlan): Mask {
  return createMask([Buffer.from(registry.secret), ...secrets.map(({ value }) => decode(value))])
}

function decode(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}

import type { BuildPlan } from '#contract/build.ts'
import type { SourceRule } from '../buildkit/source-policy.ts'
import { unpackedArchive } from '../buildkit/unpacked-archive.ts'
import type { ContextServer } from '../contexts/context-server.ts'
import { lendContext, type LendDeps } from '../contexts/lend-context.ts'
import { allowExactly } from './source-rules.ts'

/** The files that a plan gives to its Dockerfile, ready to be asked for by the daemon until this is disposed. */
export interface PlanContexts extends Disposable {
  readonly inputs: Readonly<Record<string, Uint8Array>>
  /** What the daemon must be allowed to fetch for it, and nothing else. */
  readonly sourceRules: readonly SourceRule[]
  /** Why the daemon did not get one of them; `undefined` when that is not what went wrong. */
  readonly problem: () => unknown
}

export async function lendPlanContexts(
  deps: LendDeps,
  server: ContextServer,
  { build_id: buildId, attempt, context }: BuildPlan,
): Promise<PlanContexts> {
  if (context === null) {
    return { inputs: {}, sourceRules: [], problem: () => undefined, [Symbol.dispose]: () => {} }
  }
  const lent = await lendContext(deps, server, {
    attempt: { buildId, attempt },
    digest: context,
  })
  return {
    inputs: {
      context: unpackedArchive({ url: lent.url, digest: context, title: 'load build context' }),
    },
    sourceRules: [allowExactly(lent.url)],
    problem: lent.problem,
    [Symbol.dispose]: () => lent[Symbol.dispose](),
  }
}

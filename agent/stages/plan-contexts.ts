import type { BuildPlan } from '#contract/build.ts'
import type { PinnedContext, PinnedContexts } from '#contract/context.ts'
import type { ProgressEvent, TransferEvent } from '../buildkit/progress.ts'
import type { SourceRule } from '../buildkit/source-policy.ts'
import { unpackedArchive } from '../buildkit/unpacked-archive.ts'
import type { ContextServer } from '../contexts/context-server.ts'
import { type Lent, lendContext, type LendDeps } from '../contexts/lend-context.ts'
import { allowExactly } from './source-rules.ts'

/** The files that a plan gives to its Dockerfile, ready to be asked for by the daemon until this is disposed. */
export interface PlanContexts extends Disposable {
  readonly frontendAttrs: Readonly<Record<string, string>>
  readonly inputs: Readonly<Record<string, Uint8Array>>
  /** What the daemon must be allowed to fetch for it, and nothing else. */
  readonly sourceRules: readonly SourceRule[]
  /** What a step has moved that fetches one of them: the daemon itself does not tell. `undefined` for any other event. */
  readonly transferOf: (event: ProgressEvent) => TransferEvent | undefined
  /** Why the daemon did not get one of them; `undefined` when that is not what went wrong. */
  readonly problem: () => unknown
}

/** The name of the build context among the inputs of the frontend. */
const main = 'context'

export async function lendPlanContexts(
  deps: LendDeps,
  server: ContextServer,
  { build_id: buildId, attempt, context, contexts }: BuildPlan,
): Promise<PlanContexts> {
  using stack = new DisposableStack()
  const lent = new Map<string, Lent>()
  const frontendAttrs: Record<string, string> = {}
  const inputs: Record<string, Uint8Array> = {}
  const sourceRules: SourceRule[] = []

  const addUpload = async (name: string, digest: string, title: string) => {
    const loan = stack.use(
      await lendContext(deps, server, { attempt: { buildId, attempt }, digest }),
    )
    lent.set(title, loan)
    inputs[name] = unpackedArchive({ url: loan.url, digest, title })
    sourceRules.push(allowExactly(loan.url))
  }
  if (typeof context === 'string') await addUpload(main, context, 'load build context')
  else if (context !== null) {
    frontendAttrs[main] = gitAddress(context)
    sourceRules.push(allowExactly(gitIdentifier(context)))
  }
  for (const [name, source] of Object.entries(contexts)) {
    if (typeof source === 'string') await addUpload(name, source, `load context ${name}`)
    if (isGit(source)) sourceRules.push(allowExactly(gitIdentifier(source)))
    frontendAttrs[`context:${name}`] = addressOf(name, source)
  }
  const owned = stack.move()
  return {
    frontendAttrs,
    inputs,
    sourceRules,
    transferOf: (event) => transferOf(event, lent),
    problem: () =>
      [...lent.values()].map(({ problem }) => problem()).find((one) => one !== undefined),
    [Symbol.dispose]: () => owned.dispose(),
  }
}

function transferOf(
  event: ProgressEvent,
  lent: ReadonlyMap<string, Lent>,
): TransferEvent | undefined {
  if (event.kind !== 'step' || event.started === undefined) return undefined
  const { digest, name, started, completed } = event
  const current = lent.get(name)?.given()
  if (current === undefined) return undefined
  const at = completed ?? started
  return { kind: 'transfer', digest, name, current, total: 0, at, started, completed }
}

type PinnedGit = Exclude<PinnedContext, string>

function isGit(source: PinnedContexts[string]): source is PinnedGit {
  return typeof source === 'object' && 'git' in source
}

/** What the frontend takes after `context:<name>=`. */
function addressOf(name: string, source: PinnedContexts[string]): string {
  if (typeof source === 'string') return `input:${name}`
  return isGit(source) ? gitAddress(source) : `docker-image://${source.image}`
}

function gitAddress({ git, commit, subdir }: PinnedGit): string {
  return `${git}#${commit}${subdir === undefined ? '' : `:${subdir}`}`
}

/** The name of the source for the daemon's policy, which is that of its address without the scheme. */
function gitIdentifier(source: PinnedGit): string {
  return gitAddress(source).replace(/^https?:/, 'git:')
}

import type { BuildPlan } from '#contract/build.ts'
import { imageFiles } from '../buildkit/image-files.ts'
import { solve } from '../buildkit/solve.ts'
import type { DaemonPool } from '../daemon/daemon-pool.ts'
import type { RegistryLogin } from '../stages/registry-login.ts'

export interface FetchDeps {
  readonly daemons: Pick<DaemonPool, 'use'>
  readonly registryLogin: RegistryLogin
  readonly newRef: () => string
}

/**
 * Has the daemon of the project fetch every layer of the one base of a plan, by its digest: it gives some of them up to make
 * room, also while an environment runs on their files.
 * @throws BuildkitError, and what the server said where it gave no login.
 */
export async function fetchParent(
  { daemons, registryLogin, newRef }: FetchDeps,
  plan: BuildPlan,
  signal: AbortSignal,
): Promise<void> {
  const [base] = plan.bases
  if (base === undefined) throw new Error('a save has its parent as its base')
  const login = registryLogin(plan, signal)
  using daemon = await daemons.use(plan.project)
  await solve({
    address: daemon.address,
    ref: newRef(),
    ...imageFiles(base.pinned),
    credentials: login.credentials,
    recorded: false,
    // Only what is looked into is fetched.
    gate: async (gateway, built) => void (await gateway.exists(built, '/')),
    signal,
  }).catch((error: unknown) => {
    throw login.problem() ?? error
  })
}

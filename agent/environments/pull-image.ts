import { setTimeout as sleep } from 'node:timers/promises'
import type { EnvironmentPlan } from '#contract/environment.ts'
import { imageFiles } from '../buildkit/image-files.ts'
import { solve } from '../buildkit/solve.ts'
import type { DaemonPool } from '../daemon/daemon-pool.ts'
import type { NodeDisk } from '../disk/node-disk.ts'
import type { SolveLogin } from '../stages/registry-login.ts'
import { extractTar } from './extract-tar.ts'

export interface PullDeps {
  readonly daemons: Pick<DaemonPool, 'use'>
  readonly disk: Pick<NodeDisk, 'settle' | 'watch'>
  readonly newRef: () => string
  readonly logIn: (signal: AbortSignal) => SolveLogin
}

/** An image, and for which project it is fetched. */
export type PulledImage = Pick<EnvironmentPlan, 'project' | 'registry' | 'digest'>

const readerGoneMs = 300

/**
 * Puts the files of an image into a folder, by its digest: the project's own build daemon fetches and checks the layers,
 * keeps them for others, and gives the files with everything that they have.
 * @throws what the server said where it gave no login; DiskFull.
 */
export async function pullImage(
  deps: PullDeps,
  plan: PulledImage,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  await deps.disk.settle(signal)
  using disk = deps.disk.watch(plan.project)
  const stoppable = AbortSignal.any([signal, disk.signal])
  const login = deps.logIn(stoppable)
  const { host, repository } = plan.registry
  using daemon = await deps.daemons.use(plan.project)
  const extraction = extractTar(folder, stoppable)
  try {
    await solve({
      address: daemon.address,
      ref: deps.newRef(),
      ...imageFiles(`${host}/${repository}@${plan.digest}`),
      credentials: login.credentials,
      exporters: [{ type: 'tar', attrs: {}, output: async () => extraction.input }],
      recorded: false,
      onProgress: (event) => disk.read(event),
      signal: stoppable,
    })
    await extraction.done
  } catch (error) {
    // A daemon whose reader has gone says only that.
    const cause = await Promise.race([
      extraction.done.then(
        () => error,
        (own: unknown) => own,
      ),
      sleep(readerGoneMs, error),
    ])
    extraction.input.destroy()
    throw login.problem() ?? (await disk.judge(cause))
  }
}

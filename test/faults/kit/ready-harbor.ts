import { randomUUID } from 'node:crypto'
import { ensureBaseImage } from '../../../embedded/base-image/base-image.ts'
import type { RegistryAddress } from '../../../embedded/components/registry.ts'
import { createReport } from '../../../embedded/report.ts'
import { createHarbor } from '../../../harbor/harbor.ts'
import { setUpHarbor } from '../../../harbor/setup.ts'
import { type FakeHarbor, startFakeHarbor } from '../../fakes/harbor/harbor.ts'

/** A fake Harbor that was made ready for Kiln as an operator does it. */
export interface ReadyHarbor extends AsyncDisposable {
  readonly harbor: FakeHarbor
  /** The login that Kiln gets. */
  readonly robot: RegistryAddress
}

/** Of Harbor, in which Kiln keeps its images. */
export const harborProject = 'kiln'
const baseProject = 'base'

/** @param base whether a public project with the base image of the farm is wanted. */
export async function startReadyHarbor({ base }: { readonly base: boolean }): Promise<ReadyHarbor> {
  await using stack = new AsyncDisposableStack()
  const harbor = stack.use(await startFakeHarbor())
  const { url, admin } = harbor
  const surroundings = { newRequestId: randomUUID, random: () => 0, now: () => Date.now() }
  const api = createHarbor({ ...surroundings, url, credential: admin })
  const { own: robot } = (await setUpHarbor(api, { project: harborProject })).robots
  if (robot === undefined) throw new Error('a new Harbor had a robot already')
  const address = { url: url.href, host: url.host }
  if (base) {
    await api.projects.create(baseProject, { public: true })
    await ensureBaseImage({ ...address, ...admin }, createReport(process.stdout), process.env)
  }
  const owned = stack.move()
  return {
    harbor,
    robot: { ...address, ...robot },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

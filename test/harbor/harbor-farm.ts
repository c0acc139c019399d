import { randomUUID } from 'node:crypto'
import { createHarbor } from '../../harbor/harbor.ts'
import { setUpHarbor } from '../../harbor/setup.ts'
import { type FakeHarbor, startFakeHarbor } from '../fakes/harbor/harbor.ts'
import { type Farm, startFarm } from '../farm.ts'

export interface HarborFarm extends AsyncDisposable {
  readonly farm: Farm
  readonly harbor: FakeHarbor
  /** The login that the farm was given. */
  readonly robot: { readonly username: string; readonly password: string }
}

/** A farm whose registry is a fake Harbor, as `kiln harbor setup` makes it ready. */
export async function startHarborFarm(
  environment: Readonly<Record<string, string>> = {},
): Promise<HarborFarm> {
  await using stack = new AsyncDisposableStack()
  const harbor = stack.use(await startFakeHarbor())
  const admin = createHarbor({
    url: harbor.url,
    credential: harbor.admin,
    newRequestId: randomUUID,
    random: Math.random,
    now: () => Date.now(),
  })
  const { robot } = await setUpHarbor(admin, { project: 'kiln' })
  if (robot === undefined) throw new Error('no robot')
  // Where the small base image lies that the farm makes.
  await admin.projects.create('base', { public: false })
  const kiln = [...harbor.state.robots.values()].find(({ name }) => name === robot.username)
  if (kiln === undefined) throw new Error('no such robot')
  const access = ['pull', 'push'].map((action) => ({ resource: 'repository', action }))
  const grants = [...kiln.grants, { kind: 'project', namespace: 'base', access }]
  harbor.state.robots.set(kiln.id, { ...kiln, grants })
  const farm = stack.use(
    await startFarm({
      environment: {
        KILN_REGISTRY_URL: harbor.url.href,
        KILN_REGISTRY_USERNAME: robot.username,
        KILN_REGISTRY_PASSWORD: robot.password,
        ...environment,
      },
    }),
  )
  const owned = stack.move()
  return { farm, harbor, robot, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}

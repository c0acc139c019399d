import { randomUUID } from 'node:crypto'
import { createHarbor } from '../../harbor/harbor.ts'
import { type RobotLogin, setUpHarbor } from '../../harbor/setup.ts'
import { type FakeHarbor, startFakeHarbor } from '../fakes/harbor/harbor.ts'
import { type Farm, startFarm } from '../farm.ts'

export interface HarborFarm extends AsyncDisposable {
  readonly farm: Farm
  readonly harbor: FakeHarbor
  /** The login of server and worker. */
  readonly robot: RobotLogin
  /** What the tokens are made of with which nodes push. */
  readonly push: RobotLogin
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
  const { robots } = await setUpHarbor(admin, { project: 'kiln' })
  const { own: robot, push, pull } = robots
  if (robot === undefined || push === undefined || pull === undefined) throw new Error('no robot')
  // Where the small base image lies that the farm makes.
  await admin.projects.create('base', { public: false })
  for (const [one, actions] of [
    [robot, ['pull', 'push']],
    [pull, ['pull']],
  ] as const) {
    const kiln = [...harbor.state.robots.values()].find(({ name }) => name === one.username)
    if (kiln === undefined) throw new Error('no such robot')
    const access = actions.map((action) => ({ resource: 'repository', action }))
    const grants = [...kiln.grants, { kind: 'project', namespace: 'base', access }]
    harbor.state.robots.set(kiln.id, { ...kiln, grants })
  }
  const farm = stack.use(
    await startFarm({
      environment: {
        KILN_REGISTRY_URL: harbor.url.href,
        KILN_REGISTRY_USERNAME: robot.username,
        KILN_REGISTRY_PASSWORD: robot.password,
        KILN_REGISTRY_PUSH_USERNAME: push.username,
        KILN_REGISTRY_PUSH_PASSWORD: push.password,
        KILN_REGISTRY_PULL_USERNAME: pull.username,
        KILN_REGISTRY_PULL_PASSWORD: pull.password,
        ...environment,
      },
    }),
  )
  const owned = stack.move()
  return { farm, harbor, robot, push, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}

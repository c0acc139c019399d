import type { Harbor } from './harbor.ts'
import { HarborError } from './error.ts'
import type { Grant } from './robots.ts'
import type { Selector } from './selector.ts'
import type { Webhook } from './webhooks.ts'

export interface SetupSettings {
  /** Of Harbor, in which Kiln keeps all its images. */
  readonly project: string
  /** Bytes; no limit when absent. */
  readonly storageLimit?: number
  /** Where Harbor tells of scans and quotas; none when absent. */
  readonly webhook?: Pick<Webhook, 'address' | 'authorization'>
}

/** What was done, for people. */
export interface SetupStep {
  readonly what: string
  readonly done: 'made' | 'there'
}

export interface SetUp {
  readonly steps: readonly SetupStep[]
  /** Those that were made. Their secrets are told once. */
  readonly robots: Readonly<Partial<Record<RobotKind, RobotLogin>>>
}

/** `own`: of the control plane. `push` and `pull`: what the tokens of nodes are made of. */
export type RobotKind = 'own' | 'push' | 'pull'

export interface RobotLogin {
  readonly username: string
  readonly password: string
}

/** Harbor's patterns have no word for "digits only", and a name such as `app:cuda-v12.2` must be free to move. */
const upToSixDigits = Array.from({ length: 6 }, (_, index) => '[0-9]'.repeat(index + 1))

/** The tag of a version, which never moves: `1.0-v3`. */
export const versionTags: Selector = {
  repositories: '**',
  tags: `*-v{${upToSixDigits.join(',')}}`,
}

const webhookName = 'kiln'
const webhookEvents = [
  'DELETE_ARTIFACT',
  'SCANNING_COMPLETED',
  'SCANNING_FAILED',
  'SCANNING_STOPPED',
  'QUOTA_WARNING',
  'QUOTA_EXCEED',
]
interface RobotPlan {
  readonly name: string
  readonly description: string
  readonly access: readonly Grant[]
}

/** The least that the control plane needs in its project. */
const ownAccess: readonly Grant[] = [
  ...grants('repository', 'pull', 'push', 'list', 'delete'),
  ...grants('artifact', 'read', 'list', 'create', 'delete'),
  ...grants('artifact-addition', 'read'),
  ...grants('accessory', 'list'),
  ...grants('tag', 'create', 'list', 'delete'),
  ...grants('scan', 'create', 'read', 'stop'),
  ...grants('project', 'read'),
  ...grants('immutable-tag', 'list'),
  ...grants('notification-policy', 'list'),
]

/** A token of Harbor allows all that its robot may do in a repository, so nodes get theirs from robots that may do little. */
const robotPlans: Readonly<Record<RobotKind, RobotPlan>> = {
  own: { name: 'kiln', description: 'the control plane of Kiln', access: ownAccess },
  push: {
    name: 'kiln-push',
    description: 'what the nodes of Kiln push with',
    access: grants('repository', 'pull', 'push'),
  },
  pull: {
    name: 'kiln-pull',
    description: 'what the nodes of Kiln read with',
    access: grants('repository', 'pull'),
  },
}

function grants(resource: string, ...actions: readonly string[]): readonly Grant[] {
  return actions.map((action) => ({ resource, action }))
}

const robotKinds = ['own', 'push', 'pull'] as const

/** Counted from its creation. */
const robotDays = 365

/**
 * Makes what Kiln needs in a Harbor: the project, the rule that keeps the tags of versions, the webhook, and a robot.
 * Repeating it changes nothing that is right. It needs an administrator's credential, which is used for this alone.
 */
export async function setUpHarbor(harbor: Harbor, settings: SetupSettings): Promise<SetUp> {
  const { project, storageLimit } = settings
  const made = await harbor.projects.create(
    project,
    { public: false, autoScan: true },
    storageLimit,
  )
  const rule = await keepVersions(harbor, project)
  const hook = settings.webhook && (await callBack(harbor, project, settings.webhook))
  const robots: Partial<Record<RobotKind, RobotLogin>> = {}
  for (const kind of robotKinds) {
    const login = await createRobot(harbor, project, robotPlans[kind])
    if (login !== undefined) robots[kind] = login
  }
  return {
    steps: [
      step(`project ${project}`, made),
      step('rule that no tag of a version moves', rule),
      ...(hook === undefined ? [] : [step('webhook', hook)]),
      ...robotKinds.map((kind) =>
        step(
          `robot ${robotPlans[kind].name} of the project ${project}`,
          robots[kind] !== undefined,
        ),
      ),
    ],
    robots,
  }
}

const step = (what: string, made: boolean): SetupStep => ({ what, done: made ? 'made' : 'there' })

async function keepVersions(harbor: Harbor, project: string): Promise<boolean> {
  for await (const { repositories, tags } of harbor.immutableRules.list(project)) {
    if (repositories === versionTags.repositories && tags === versionTags.tags) return false
  }
  await harbor.immutableRules.add(project, versionTags)
  return true
}

/** One that points elsewhere, or has another secret, is put right: Harbor does not tell which secret it has. */
async function callBack(
  harbor: Harbor,
  project: string,
  target: Pick<Webhook, 'address' | 'authorization'>,
): Promise<boolean> {
  const webhook = { name: webhookName, events: webhookEvents, ...target }
  for await (const { id, name } of harbor.webhooks.list(project)) {
    if (name !== webhookName) continue
    await harbor.webhooks.update(project, id, webhook)
    return false
  }
  await harbor.webhooks.add(project, webhook)
  return true
}

/** @returns `undefined` when it was there: Harbor tells a secret only once. */
async function createRobot(
  harbor: Harbor,
  project: string,
  { name: wanted, description, access }: RobotPlan,
): Promise<RobotLogin | undefined> {
  try {
    const { name, secret } = await harbor.robots.create({
      name: wanted,
      description,
      level: 'project',
      days: robotDays,
      grants: [{ kind: 'project', namespace: project, access }],
    })
    return { username: name, password: secret }
  } catch (error) {
    if (error instanceof HarborError && error.status === 409) return undefined
    throw error
  }
}

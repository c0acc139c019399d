import type { NewId } from '#contract/id.ts'
import type { SaveRequest } from '#contract/save.ts'
import { buildOptions } from '#contract/wire/build-options.ts'
import { acceptBuild } from '../../records/accept-build.ts'
import type { RepeatKey } from '../../records/repeat-keys.ts'
import type { EnvironmentRow } from '../../records/find-environments.ts'
import { canSave } from '../../records/nodes.ts'
import { findSameSave, readSaveChain } from '../../records/saves.ts'
import type { RequestScope } from '../access/request-scope.ts'
import { Refusal } from '../refusal.ts'
import { explainAnswer } from '../submit/explain-answer.ts'
import { parseName, toNewBuild } from '../submit/prepare-build.ts'
import type { PushTarget } from '../views/build-plan.ts'
import { countLayers, requireFewLayers } from './count-layers.ts'

export interface SaveDeps {
  readonly scope: RequestScope
  readonly newId: NewId
  readonly push: Pick<PushTarget, 'url' | 'prefix'>
}

/**
 * Accepts a build that saves what an environment has written, on exactly the image that it was started from. It goes to
 * the environment's own node and passes the gate of every build.
 * @returns its id, or that of one that saves the very same already. @throws Refusal
 */
export async function acceptSave(
  { scope, newId, push }: SaveDeps,
  environment: EnvironmentRow,
  { name: wanted, description, ...choices }: SaveRequest,
  repeat: RepeatKey | undefined,
): Promise<string> {
  const nodeId = requireFiles(environment)
  if (!(await canSave(scope.farm, nodeId))) {
    throw new Refusal('environment_unreachable', 'the agent of its node is too old to save it')
  }
  await requireLayers(scope, environment, choices.squash)
  const name = parseName(wanted)
  const files = { context: null, sources: { named: {} } }
  const target = { ...name, projectId: environment.project_id, files }
  const build = toNewBuild({ scope, newId }, target, {
    project: environment.project,
    name: wanted,
    description,
    dockerfile: `FROM ${parentOf(push, environment)}\n`,
    options: buildOptions.parse({}),
    contexts: {},
  })
  const { id: environmentId, start } = environment
  const save = { environmentId, start, choices, actor: scope.actor }
  const answer = await acceptBuild(scope.farm, { ...build, save, repeat })
  const same = answer === 'in_flight' && (await findSameSave(scope.farm, name, save))
  if (typeof same === 'string') return same
  const refusal = explainAnswer(answer, build)
  if (refusal !== undefined) throw refusal
  return build.id
}

/** What nobody has read yet is looked at again when the parent is. @throws Refusal */
async function requireLayers(
  { farm }: RequestScope,
  { id, digest }: EnvironmentRow,
  squash: boolean,
): Promise<void> {
  const layers = await countLayers(farm, digest)
  if (layers === null) return
  requireFewLayers(layers + 1 - (squash ? (await readSaveChain(farm, id)).count : 0))
}

/** The image of an environment, where builds read it. */
export function parentOf(
  { url, prefix }: SaveDeps['push'],
  { repository, digest }: Pick<EnvironmentRow, 'repository' | 'digest'>,
): string {
  return `${url.host}/${prefix}/${repository}@${digest}`
}

/** @returns the node that has its files. @throws Refusal unless it has some, and is not just on its way. */
export function requireFiles({ state, node_id: nodeId }: EnvironmentRow): string {
  if (nodeId === null) throw new Refusal('environment_resting', 'it has not been started yet')
  if (state === 'running' || state === 'stopped' || state === 'failed') return nodeId
  throw new Refusal(
    'environment_active',
    `its state is ${state}: wait until it runs or has stopped`,
  )
}

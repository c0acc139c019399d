import type { EnvironmentRequest } from '#contract/environment.ts'
import type { EnvironmentVolume } from '#contract/volume.ts'
import type { NewId } from '#contract/id.ts'
import { parseLibraryName } from '#contract/image.ts'
import { explainUnfit } from '../../matrix/choose-host.ts'
import { explainMisfit } from '../../matrix/explain-misfit.ts'
import { findFit } from '../../matrix/find-fit.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { readKnown } from '../../matrix/read-known.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import type { Db } from '../../records/connect.ts'
import { type Host, readHosts } from '../../records/environment-placement.ts'
import { acceptEnvironment as storeEnvironment } from '../../records/environments.ts'
import { findReadable, type ImageRow } from '../../records/images.ts'
import type { RepeatKey } from '../../records/repeat-keys.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import { findVersionById, findVersionNumbered } from '../../records/versions.ts'
import type { RequestScope } from '../access/request-scope.ts'
import { namedProject } from '../named-project.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { type Made, makeOnce } from '../repeats/make-once.ts'
import type { Repeat } from '../repeats/read-repeat.ts'

export interface AcceptDeps {
  readonly scope: RequestScope
  readonly newId: NewId
  /** In which the refusal is told. */
  readonly language: Language
}

/**
 * Accepts an environment for the exact digest that a version has now: the name may move afterwards.
 * @returns its id once it is stored. @throws Refusal with the reason, when no node could ever run it with what would help.
 */
export async function acceptEnvironment(
  deps: AcceptDeps,
  request: EnvironmentRequest,
  repeat: Repeat | undefined,
): Promise<Made> {
  const { scope } = deps
  const project = await namedProject(scope, request.project, 'build')
  return makeOnce(scope, project.id, repeat, async (key) => accept(deps, project, request, key))
}

async function accept(
  { scope, newId, language }: AcceptDeps,
  project: { readonly id: number },
  request: EnvironmentRequest,
  repeat: RepeatKey | undefined,
): Promise<string> {
  const { farm } = scope
  const image = await requireReadable(farm, project.id, request.image)
  const version = await findLiving(farm, image, request.version)
  const hosts = await readHosts(farm)
  const wish = { ...request, volumes: settleVolumes(request.volumes, hosts) }
  const unfit = await explainNowhere(farm, version.digest, wish, hosts, language)
  if (unfit !== undefined) throw new Refusal('environment_unfit', unfit)
  const id = newId('env')
  const accepted = await storeEnvironment(farm, scope.actor, {
    id,
    user: scope.caller.user?.name,
    project_id: project.id,
    version_id: version.id,
    name: image.name,
    repository: image.repository,
    digest: version.digest,
    gpu: request.gpu,
    cpu: request.cpu,
    memoryBytes: request.memory_bytes,
    diskBytes: request.disk_bytes,
    command: request.command,
    ports: request.ports,
    volumes: wish.volumes,
    ttlSeconds: request.ttl_seconds,
    idleSeconds: request.idle_seconds,
    repeat,
  })
  if (!accepted) throw new Refusal('version_deleted')
  return id
}

async function requireReadable(db: Db, projectId: number, name: string): Promise<ImageRow> {
  const parsed = parseLibraryName(name)
  if (parsed === undefined) {
    throw refuseField('invalid_name', 'image', 'expected a name of the library, such as app:1.0')
  }
  const image = await findReadable(db, projectId, parsed)
  if (image === undefined) {
    const message = `there is no image "${name}" that this project may read`
    throw refuseField('not_found', 'image', message)
  }
  return image
}

async function findLiving(
  db: Db,
  { id, name, current_version_id: current }: ImageRow,
  number?: number,
) {
  const wanted =
    number ?? (current === null ? undefined : (await findVersionById(db, current))?.number)
  if (wanted === undefined) {
    const message = `"${name}" points at no version yet: build it first`
    throw refuseField('not_found', 'image', message)
  }
  const version = await findVersionNumbered(db, id, wanted)
  if (version === undefined) {
    throw refuseField('not_found', 'version', `"${name}" has no version ${wanted}`)
  }
  if (version.deleted_at !== null) throw new Refusal('version_deleted')
  return version
}

/** Known once the version was looked at in the registry. */
async function readPlatform(db: Db, digest: string): Promise<string | null> {
  const contents = await db
    .selectFrom('contents')
    .select('config')
    .where('digest', '=', digest)
    .executeTakeFirst()
  return contents === undefined ? null : `${contents.config.os}/${contents.config.architecture}`
}

type Wish = Pick<EnvironmentRequest, 'gpu' | 'cpu' | 'memory_bytes'> & {
  readonly volumes: readonly EnvironmentVolume[]
}

/** Where nobody says, a volume can be written in if there is a node on which it can. */
function settleVolumes(
  wanted: EnvironmentRequest['volumes'],
  hosts: readonly Host[],
): readonly EnvironmentVolume[] {
  return wanted.map(({ read_only: asked, ...one }) => {
    const modes = hosts.flatMap(({ volumes }) =>
      volumes.flatMap(({ name, mode }) => (name === one.volume ? [mode] : [])),
    )
    return {
      ...one,
      read_only: asked ?? (modes.length > 0 && modes.every((mode) => mode === 'ro')),
    }
  })
}

const noGpu = {
  en: 'no node has a GPU in good health: start it without (gpu: false)',
  zh: '没有节点有健康的 GPU：请不带 GPU 启动（gpu: false）',
} as const

/** Why no node could ever run it, with what would help; `undefined` when one could. */
async function explainNowhere(
  db: Db,
  digest: string,
  { gpu, cpu, memory_bytes: memoryBytes, volumes }: Wish,
  hosts: readonly Host[],
  language: Language,
): Promise<string | undefined> {
  const platform = await readPlatform(db, digest)
  const wish = { platform, cpu, memoryBytes, volumes }
  if (!gpu) return explainUnfit(wish, hosts)?.[language]
  const classes = groupGpus(await readFleetGpus(db))
  if (classes.length === 0) return noGpu[language]
  const known = await readKnown(db, [digest], classes)
  const { nearest, fitting } = findFit(known(digest), classes)
  if (nearest !== undefined) return explainMisfit(nearest, language)
  const names = new Set(fitting.flatMap(({ nodes }) => nodes))
  return explainUnfit(
    wish,
    hosts.filter(({ name }) => names.has(name)),
  )?.[language]
}

import {
  created,
  done,
  failure,
  json,
  notFound,
  page,
  readBody,
  type Call,
  type Reply,
  type Route,
} from './reply.ts'
import { describeScan } from './scans.ts'
import { findArtifact, locate, type Place } from './place.ts'
import { type Artifact, type HarborState, isImmutable } from './state.ts'
import { refuse } from './who.ts'

const at = String.raw`^/projects/([^/]+)/repositories/([^/]+)/artifacts`

/** Artifacts and their tags (4). */
export function artifactRoutes(state: HarborState): readonly Route[] {
  const route = (
    method: string,
    tail: string,
    [resource, action]: readonly [string, string],
    answer: (call: Call, place: Place, parts: readonly string[]) => Reply,
  ): Route => ({
    method,
    pattern: new RegExp(`${at}${tail}$`),
    answer: (call, [project = '', name = '', ...parts]) => {
      const found = locate(state, project, name)
      const owner = found?.project.name ?? project
      const refused = refuse(state, call, { project: owner, resource, action })
      if (refused !== undefined) return refused
      if (state.readOnly && method !== 'GET')
        return failure(403, 'DENIED', 'The system is in read only mode')
      return found === undefined ? notFound(`project ${project}`) : answer(call, found, parts)
    },
  })
  return [
    route('GET', '', ['artifact', 'list'], listArtifacts),
    route('POST', '', ['artifact', 'create'], (call, place) => copyArtifact(state, call, place)),
    route('GET', '/([^/]+)', ['artifact', 'read'], (_, place, [reference = '']) => {
      const artifact = findArtifact(place, reference)
      return artifact === undefined
        ? notFound(`artifact ${reference}`)
        : json(describe(place, artifact))
    }),
    route('DELETE', '/([^/]+)', ['artifact', 'delete'], (_, place, [reference = '']) =>
      deleteArtifact(place, reference),
    ),
    route('GET', '/([^/]+)/tags', ['tag', 'list'], (call, place, [reference = '']) => {
      const artifact = findArtifact(place, reference)
      return artifact === undefined
        ? notFound(`artifact ${reference}`)
        : page(call, describe(place, artifact).tags ?? [])
    }),
    route('POST', '/([^/]+)/tags', ['tag', 'create'], (call, place, [reference = '']) =>
      addTag(call, place, reference),
    ),
    route(
      'DELETE',
      '/([^/]+)/tags/([^/]+)',
      ['tag', 'delete'],
      (_, place, [reference = '', tag = '']) => {
        const artifact = findArtifact(place, reference)
        if (artifact === undefined || place.repository?.tags.get(tag) !== artifact.digest)
          return notFound(`tag ${tag}`)
        if (isImmutable(place.project, place.name, tag)) return immutableRefusal(tag)
        place.repository.tags.delete(tag)
        return done
      },
    ),
  ]
}

const immutableRefusal = (tag: string) =>
  failure(412, 'PRECONDITION', `configured as immutable: ${tag}`)

/** A repository that does not exist has an empty list; accessories are hidden. */
function listArtifacts(call: Call, place: Place): Reply {
  const all = [...(place.repository?.artifacts.values() ?? [])]
  const shown = all.filter(({ subject }) => subject === undefined)
  return page(
    call,
    shown.map((artifact) => describe(place, artifact)),
  )
}

function describe(place: Place, artifact: Artifact) {
  const { repository, project, name } = place
  const tags = [...(repository?.tags ?? [])].filter(([, digest]) => digest === artifact.digest)
  const accessories = [...(repository?.artifacts.values() ?? [])].filter(
    ({ subject }) => subject === artifact.digest,
  )
  return {
    id: artifact.id,
    type: 'IMAGE',
    digest: artifact.digest,
    manifest_media_type: artifact.mediaType,
    artifact_type: artifact.artifactType ?? '',
    size: artifact.bytes.length,
    push_time: artifact.pushed,
    tags:
      tags.length === 0
        ? null
        : tags.map(([tag]) => ({
            name: tag,
            push_time: artifact.pushed,
            immutable: isImmutable(project, name, tag),
          })),
    accessories:
      accessories.length === 0
        ? null
        : accessories.map(({ digest, artifactType }) => ({
            type: artifactType ?? 'unknown',
            digest,
          })),
    ...describeScan(artifact),
  }
}

/** Attaches a new name and never moves one (4). */
function addTag(call: Call, place: Place, reference: string): Reply {
  const { name } = readBody(call)
  const artifact = findArtifact(place, reference)
  if (artifact === undefined) return notFound(`artifact ${reference}`)
  if (typeof name !== 'string' || !/^\w[\w.-]{0,127}$/.test(name))
    return failure(400, 'BAD_REQUEST', 'invalid tag name')
  if (place.repository?.tags.has(name) === true)
    return failure(409, 'CONFLICT', `tag ${name} already exists`)
  place.repository?.tags.set(name, artifact.digest)
  return { status: 201 }
}

/** By a tag as well, and then with all its other tags and accessories. */
function deleteArtifact(place: Place, reference: string): Reply {
  const artifact = findArtifact(place, reference)
  const { repository, project, name } = place
  if (artifact === undefined || repository === undefined) return notFound(`artifact ${reference}`)
  const tags = [...repository.tags]
    .filter(([, digest]) => digest === artifact.digest)
    .map(([tag]) => tag)
  const fixed = tags.find((tag) => isImmutable(project, name, tag))
  if (fixed !== undefined) return immutableRefusal(fixed)
  for (const tag of tags) repository.tags.delete(tag)
  for (const { digest, subject } of repository.artifacts.values())
    if (subject === artifact.digest) repository.artifacts.delete(digest)
  repository.artifacts.delete(artifact.digest)
  return done
}

/** Brings along all other tags of the artifact; an unknown source is 400 (2.5). */
function copyArtifact(state: HarborState, call: Call, target: Place): Reply {
  const [, project = '', name = '', tag, digest] =
    /^([^/]+)\/(.+?)(?::([^@]+))?(?:@(.+))?$/.exec(call.query.get('from') ?? '') ?? []
  const source = locate(state, project, encodeURIComponent(name))
  const artifact = source && findArtifact(source, digest ?? tag ?? 'latest')
  if (source?.repository === undefined || artifact === undefined)
    return failure(400, 'BAD_REQUEST', 'the source is not found')
  const tags = [...source.repository.tags]
    .filter(([, one]) => one === artifact.digest)
    .map(([one]) => one)
  const held = tags.find(
    (one) =>
      isImmutable(target.project, target.name, one) &&
      target.repository?.tags.has(one) &&
      target.repository.tags.get(one) !== artifact.digest,
  )
  if (held !== undefined) return immutableRefusal(held)
  const repository = target.repository ?? { artifacts: new Map(), tags: new Map() }
  target.project.repositories.set(target.name, repository)
  repository.artifacts.set(artifact.digest, { ...artifact, id: state.nextId() })
  for (const one of tags) repository.tags.set(one, artifact.digest)
  for (const [blob, bytes] of source.project.blobs) target.project.blobs.set(blob, bytes)
  // Encoded once: following it leads to a 404.
  return created(
    `/api/v2.0/projects/${target.project.name}/repositories/${encodeURIComponent(target.name)}/artifacts/${artifact.digest}`,
  )
}

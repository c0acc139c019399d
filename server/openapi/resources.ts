import type { Operation, Resource } from './operation.ts'
import { access } from './operations/access.ts'
import { builds } from './operations/builds.ts'
import { environments } from './operations/environments.ts'
import { farm } from './operations/farm.ts'
import { images } from './operations/images.ts'
import { nodes } from './operations/nodes.ts'
import { projects } from './operations/projects.ts'
import { queue } from './operations/queue.ts'
import { sessions } from './operations/sessions.ts'
import { versions } from './operations/versions.ts'
import { webhooks } from './operations/webhooks.ts'

/** What the API is described as, in the order in which it is read. */
export const resources: readonly Resource[] = [
  images,
  versions,
  builds,
  environments,
  projects,
  webhooks,
  queue,
  nodes,
  access,
  sessions,
  farm,
]

/** Every operation with the name of its resource, by method and path. */
export const operations: ReadonlyMap<string, Operation & { readonly resource: string }> = new Map(
  resources.flatMap(({ name, operations: ofResource }) =>
    Object.entries(ofResource).map(([route, operation]) => [
      route,
      { ...operation, resource: name },
    ]),
  ),
)

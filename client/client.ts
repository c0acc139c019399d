import { createAudit } from './audit.ts'
import { createBuilds } from './builds.ts'
import { createContexts } from './contexts.ts'
import { createEnvironments } from './environments.ts'
import { createFarm } from './farm.ts'
import { createImages } from './images.ts'
import { createNodes } from './nodes.ts'
import { createProjects } from './projects.ts'
import { createQueue } from './queue.ts'
import type { Connection } from './request.ts'
import { createSessions } from './sessions.ts'
import { createUsers } from './users.ts'
import { createWebhooks } from './webhooks.ts'

export type KilnClient = ReturnType<typeof createKilnClient>

/** The API of a server, by resource. */
export function createKilnClient(connection: Connection) {
  return {
    connection,
    audit: createAudit(connection),
    builds: createBuilds(connection),
    contexts: createContexts(connection),
    environments: createEnvironments(connection),
    farm: createFarm(connection),
    images: createImages(connection),
    nodes: createNodes(connection),
    projects: createProjects(connection),
    queue: createQueue(connection),
    sessions: createSessions(connection),
    users: createUsers(connection),
    webhooks: createWebhooks(connection),
  }
}

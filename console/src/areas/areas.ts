import { accountArea } from './account.ts'
import type { Area } from './area.ts'
import { auditArea } from './audit.ts'
import { buildsArea } from './builds.ts'
import { environmentsArea } from './environments.ts'
import { imagesArea } from './images.ts'
import { nodesArea } from './nodes.ts'
import { overviewArea } from './overview.ts'
import { projectsArea } from './projects.ts'
import { queueArea } from './queue.ts'
import { usersArea } from './users.ts'

/** In the order of the navigation. */
export const areas: readonly Area[] = [
  imagesArea,
  buildsArea,
  environmentsArea,
  overviewArea,
  queueArea,
  nodesArea,
  projectsArea,
  usersArea,
  auditArea,
  accountArea,
]

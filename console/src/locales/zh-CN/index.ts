import { build } from './build.ts'
import { buildForm } from './build-form.ts'
import { builds } from './builds.ts'
import { common, durations, errors } from './common.ts'
import { image } from './image.ts'
import { images } from './images.ts'
import { account } from './account.ts'
import { audit } from './audit.ts'
import { environments } from './environments.ts'
import { nodes } from './nodes.ts'
import { overview } from './overview.ts'
import { policies } from './policies.ts'
import { projects } from './projects.ts'
import { queue } from './queue.ts'
import { users } from './users.ts'
import { webhooks } from './webhooks.ts'
import { retention } from './retention.ts'
import { saving } from './saving.ts'
import { shell } from './shell.ts'
import { signIn } from './sign-in.ts'

/** One file an area. The other languages must have the same keys. */
export const zhCN = {
  account,
  audit,
  build,
  buildForm,
  builds,
  common,
  durations,
  environments,
  errors,
  image,
  images,
  nodes,
  overview,
  policies,
  projects,
  queue,
  retention,
  saving,
  shell,
  signIn,
  users,
  webhooks,
}

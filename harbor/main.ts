import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { readHarborConfig } from './config.ts'
import { trustAuthority } from '../registry/trust-authority.ts'
import { HarborError } from './error.ts'
import { isSupported, oldestSupported } from './features.ts'
import { examineRegistry } from './examine-registry.ts'
import { examineHarbor } from './examine.ts'
import { createHarbor } from './harbor.ts'
import { setUpHarbor } from './setup.ts'

const usage = `npm run harbor -- setup [--limit BYTES]   makes in Harbor what Kiln needs, as KILN_HARBOR_ADMIN_USERNAME
npm run harbor -- doctor                  looks at it as KILN_REGISTRY_USERNAME and names what is missing
KILN_REGISTRY_URL says where it is, KILN_REGISTRY_PREFIX the project (kiln), KILN_REGISTRY_CA a private authority.
KILN_HARBOR_WEBHOOK_URL and KILN_HARBOR_WEBHOOK_SECRET let it tell the server of scans and deletions.
`
/** What Harbor comes with. Whoever finds it open can replace every image. */
const defaultPassword = 'Harbor12345'

const surroundings = { newRequestId: randomUUID, random: Math.random, now: () => Date.now() }

async function setup(limit: string | undefined): Promise<number> {
  const { url, project, admin, authority, webhook } = readHarborConfig()
  trustAuthority(authority)
  if (admin.password === '' || admin.password === defaultPassword) {
    process.stderr.write(
      admin.password === ''
        ? 'KILN_HARBOR_ADMIN_PASSWORD is not set\n'
        : 'The administrator still has the password that Harbor comes with: change it first\n',
    )
    return 2
  }
  const harbor = createHarbor({ ...surroundings, url, credential: admin })
  const { version } = await harbor.system.info()
  if (version !== undefined && !isSupported(version)) {
    process.stderr.write(`Harbor is older than ${oldestSupported.join('.')}: upgrade it first\n`)
    return 1
  }
  const storageLimit = limit === undefined ? {} : { storageLimit: Number(limit) }
  const { steps, robot } = await setUpHarbor(harbor, {
    project,
    ...storageLimit,
    ...(webhook && { webhook }),
  })
  for (const { what, done } of steps) process.stdout.write(`${done.padEnd(6)}${what}\n`)
  if (robot !== undefined) {
    process.stdout.write('\nShown this once, for the server, the worker and nobody else:\n')
    process.stdout.write(`KILN_REGISTRY_USERNAME='${robot.username}'\n`)
    process.stdout.write(`KILN_REGISTRY_PASSWORD='${robot.password}'\n`)
  }
  return 0
}

async function doctor(): Promise<number> {
  const { url, project, own, authority } = readHarborConfig()
  trustAuthority(authority)
  const harbor = createHarbor({ ...surroundings, url, credential: own })
  const kind = await examineRegistry(url)
  const examined = [
    ...kind.examined,
    ...(kind.isHarbor ? await examineHarbor(harbor, project) : []),
  ]
  for (const { what, state, advice } of examined) {
    process.stdout.write(`${state.padEnd(9)}${what}${advice === '' ? '' : `: ${advice}`}\n`)
  }
  return examined.some(({ state }) => state === 'missing') ? 1 : 0
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string' } },
})
try {
  if (positionals[0] === 'setup') process.exitCode = await setup(values.limit)
  else if (positionals[0] === 'doctor') process.exitCode = await doctor()
  else {
    process.stderr.write(usage)
    process.exitCode = 2
  }
} catch (error) {
  if (!(error instanceof HarborError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

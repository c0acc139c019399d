import { z } from 'zod'

const environment = z.object({
  KILN_REGISTRY_URL: z.url(),
  KILN_REGISTRY_PREFIX: z.string().default('kiln'),
  KILN_REGISTRY_USERNAME: z.string().default(''),
  KILN_REGISTRY_PASSWORD: z.string().default(''),
  KILN_HARBOR_ADMIN_USERNAME: z.string().default('admin'),
  KILN_HARBOR_ADMIN_PASSWORD: z.string().default(''),
})

/** @throws an error that names each variable that is wrong. */
export function readHarborConfig(env: Record<string, string | undefined> = process.env) {
  const e = environment.parse(env)
  return {
    url: new URL(e.KILN_REGISTRY_URL),
    project: e.KILN_REGISTRY_PREFIX,
    own: { username: e.KILN_REGISTRY_USERNAME, password: e.KILN_REGISTRY_PASSWORD },
    admin: { username: e.KILN_HARBOR_ADMIN_USERNAME, password: e.KILN_HARBOR_ADMIN_PASSWORD },
  } as const
}

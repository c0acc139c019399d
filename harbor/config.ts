import { z } from 'zod'
import { setVariables } from '#contract/set-variables.ts'

const environment = z.object({
  KILN_REGISTRY_URL: z.url(),
  /** File in PEM of the authority that signed the registry's certificate, where it is a private one. */
  KILN_REGISTRY_CA: z.string().min(1).optional(),
  /** Where Harbor reaches the server: `https://kiln.example/api/webhooks/harbor`. */
  KILN_HARBOR_WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  KILN_HARBOR_WEBHOOK_SECRET: z.string().min(16).optional(),
  KILN_REGISTRY_PREFIX: z.string().default('kiln'),
  KILN_REGISTRY_USERNAME: z.string().default(''),
  KILN_REGISTRY_PASSWORD: z.string().default(''),
  KILN_REGISTRY_PUSH_USERNAME: z.string().default(''),
  KILN_REGISTRY_PULL_USERNAME: z.string().default(''),
  KILN_HARBOR_ADMIN_USERNAME: z.string().default('admin'),
  KILN_HARBOR_ADMIN_PASSWORD: z.string().default(''),
})

/** Both or neither: without the secret anybody could send the farm to look. */
function readWebhook({
  KILN_HARBOR_WEBHOOK_URL: address,
  KILN_HARBOR_WEBHOOK_SECRET: secret,
}: z.infer<typeof environment>) {
  if (address === undefined && secret === undefined) return undefined
  if (address !== undefined && secret !== undefined)
    return { address, authorization: `Bearer ${secret}` }
  throw new Error('KILN_HARBOR_WEBHOOK_URL and KILN_HARBOR_WEBHOOK_SECRET are only used together')
}

/** @throws an error that names each variable that is wrong. */
export function readHarborConfig(env: Record<string, string | undefined> = process.env) {
  const { data: e, error } = environment.safeParse(setVariables(env))
  if (e === undefined) throw new Error(z.prettifyError(error))
  return {
    url: new URL(e.KILN_REGISTRY_URL),
    project: e.KILN_REGISTRY_PREFIX,
    authority: e.KILN_REGISTRY_CA,
    webhook: readWebhook(e),
    own: { username: e.KILN_REGISTRY_USERNAME, password: e.KILN_REGISTRY_PASSWORD },
    /** Whether the tokens of nodes are made of logins that may do no more than they need. */
    narrow: e.KILN_REGISTRY_PUSH_USERNAME !== '' && e.KILN_REGISTRY_PULL_USERNAME !== '',
    admin: { username: e.KILN_HARBOR_ADMIN_USERNAME, password: e.KILN_HARBOR_ADMIN_PASSWORD },
  } as const
}

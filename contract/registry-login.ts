import type { z } from 'zod'
import type { registryLogin } from './wire/registry-login.ts'

/** What the server answers an agent that must log in to the farm's registry. */
export type RegistryLogin = z.infer<typeof registryLogin>
